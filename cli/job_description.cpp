#include "job_description.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "file_state.h"

namespace sotto::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

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

Json describe_decoding(const DecodeOptions& options) {
  return {{"task", options.task == Task::translate ? "translate" : "transcribe"},
          {"sample_len", or_null(options.sample_len)},
          {"best_of", or_null(options.best_of)},
          {"beam_size", or_null(options.beam_size)},
          {"patience", or_null(options.patience)},
          {"length_penalty", or_null(options.length_penalty)},
          {"suppress_tokens", options.suppress_tokens},
          {"without_timestamps", options.without_timestamps},
          {"max_initial_timestamp", or_null(options.max_initial_timestamp)},
          {"seed", options.seed}};
}

Json describe_options(const TranscribeOptions& options) {
  return {{"language", or_null(options.language)},
          {"decoding", describe_decoding(options.decoding)},
          {"prefix", or_null(options.prefix)},
          {"temperatures", options.temperatures},
          {"compression_ratio_threshold", or_null(options.compression_ratio_threshold)},
          {"logprob_threshold", or_null(options.logprob_threshold)},
          {"no_speech_threshold", or_null(options.no_speech_threshold)},
          {"condition_on_previous_text", options.condition_on_previous_text},
          {"initial_prompt", or_null(options.initial_prompt)},
          {"carry_initial_prompt", options.carry_initial_prompt},
          {"clip_timestamps", options.clip_timestamps},
          {"word_timestamps", options.word_timestamps},
          {"prepend_punctuations", options.prepend_punctuations},
          {"append_punctuations", options.append_punctuations},
          {"hallucination_silence_threshold", or_null(options.hallucination_silence_threshold)}};
}

Json describe_subtitles(const SubtitleOptions& options) {
  return {{"max_line_width", or_null(options.max_line_width)},
          {"max_line_count", or_null(options.max_line_count)},
          {"max_words_per_line", or_null(options.max_words_per_line)},
          {"highlight_words", options.highlight_words}};
}

}  // namespace

Json describe_job(const TranscribeArguments& arguments) {
  Json job = {{"model", describe_model(arguments.model)},
              {"backend", arguments.backend},
              {"decoder", static_cast<int>(arguments.decoder)},
              {"alignment_heads", arguments.alignment_heads},
              {"vad", arguments.vad},
              {"vad_model", or_null(arguments.vad_model)},
              {"options", describe_options(arguments.options)},
              {"subtitles", describe_subtitles(arguments.subtitles)}};
  if (arguments.pcm) job["pcm"] = describe(*arguments.pcm);
  // Texts may hold bytes that are no UTF-8. What is read back from a record has them replaced.
  return Json::parse(job.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace sotto::cli
