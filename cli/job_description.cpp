#include "job_description.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "argument_table.h"
#include "file_state.h"
#include "option_words.h"
#include "run/decoding/option_table.h"

namespace sotto::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// Size and time of a file, or of all files in a folder together. A model that is not there is
/// reported by whoever loads it.
Json describe_model(const fs::path& path) {
  FileState model = file_state(path).value_or(FileState{});
  std::error_code error;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    const FileState file = file_state(entry->path()).value_or(FileState{});
    model.bytes += file.bytes;
    model.changed = std::max(model.changed, file.changed);
  }
  const fs::path resolved = fs::weakly_canonical(fs::absolute(path, error), error);
  return {{"path", resolved.string()}, {"bytes", model.bytes}, {"changed", model.changed}};
}

Json recorded(Task task) { return word_of(task); }

/// A number, as records have always had it.
Json recorded(DecoderKind kind) { return static_cast<int>(kind); }

Json recorded(Precision precision) { return word_of(precision); }
Json recorded(NpuPreference preference) { return word_of(preference); }
Json recorded(NpuPriority priority) { return word_of(priority); }

Json recorded(const std::optional<PcmFormat>& format) {
  return format ? Json(word_of(*format)) : Json();
}

template <class Value>
Json recorded(const Value& value) {
  return value;
}

template <class Value>
Json recorded(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

/// Where records have an option: by whose field it is.
template <class Value>
Json& place_of(Value TranscribeArguments::* /*field*/, Json& job) {
  return job;
}
template <class Value>
Json& place_of(Value NpuOptions::* /*field*/, Json& job) {
  return job["npu"];
}
template <class Value>
Json& place_of(Value SubtitleOptions::* /*field*/, Json& job) {
  return job["subtitles"];
}
template <class Value>
Json& place_of(Value TranscribeOptions::* /*field*/, Json& job) {
  return job["options"];
}
template <class Value>
Json& place_of(Value DecodeOptions::* /*field*/, Json& job) {
  return job["options"]["decoding"];
}

template <class Row, class ValueOf>
void record(Json& job, const Row& row, const ValueOf& value_behind) {
  if (row.effect == OptionEffect::none) return;
  const std::string key(row.recorded_as.empty() ? row.name : row.recorded_as);
  std::visit([&](auto field) { place_of(field, job)[key] = recorded(value_behind(field)); },
             row.field);
}

}  // namespace

Json describe_job(const TranscribeArguments& arguments) {
  Json job = {{"model", describe_model(arguments.model)}};
  for (const Argument& row : argument_table()) {
    record(
        job, row, [&](auto field) -> auto& { return argument_value(field, arguments); });
  }
  for (const TranscribeOption& row : transcribe_option_table()) {
    record(
        job, row, [&](auto field) -> auto& { return value_of(field, arguments.options); });
  }
  // Records of before have no such fields, and none means the same.
  if (job["pcm"].is_null()) job.erase("pcm");
  if (job["batch"] == 0) job.erase("batch");
  if (job["precision"] == recorded(Precision::f32)) job.erase("precision");
  // Texts may hold bytes that are no UTF-8. What is read back from a record has them replaced.
  return Json::parse(job.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace sotto::cli
