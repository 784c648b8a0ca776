#include "model/vocabulary/special_ids.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/error.h"
#include "core/json/json_document.h"

namespace sotto {
namespace {

using nlohmann::json;
using Id = std::optional<std::int64_t>;

// Ids beyond what an embedding can have rows for say nothing.
constexpr std::int64_t kMostTokens = std::int64_t{1} << 31;

Id id_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  // Some configurations list several ends of text; the first is the tokenizer's own.
  const json& value = found->is_array() && !found->empty() ? found->front() : *found;
  const Id id = as_integer(value);
  return id && *id >= 0 && *id < kMostTokens ? id : std::nullopt;
}

Id id_in(const json& object, const char* table, const char* key) {
  const auto found = object.find(table);
  return found != object.end() && found->is_object() ? id_of(*found, key) : std::nullopt;
}

Id after(const Id& id, std::int64_t places) { return id ? Id(*id + places) : std::nullopt; }

struct Place {
  std::string_view name;
  Id found;
  std::int64_t expected;
};

}  // namespace

SpecialIds special_ids(const TokenList& list) {
  SpecialIds ids;
  ids.source = list.source;
  ids.end_of_text = list.find("<|endoftext|>");
  ids.start_of_transcript = list.find("<|startoftranscript|>");
  ids.first_language = list.find("<|en|>");
  ids.translate = list.find("<|translate|>");
  ids.transcribe = list.find("<|transcribe|>");
  ids.start_of_previous = list.find("<|startofprev|>");
  ids.no_timestamps = list.find("<|notimestamps|>");
  ids.first_timestamp = list.find("<|0.00|>");
  return ids;
}

SpecialIds special_ids(const json& generation, const std::string& source) {
  SpecialIds ids;
  ids.source = source;
  ids.end_of_text = id_of(generation, "eos_token_id");
  ids.start_of_transcript = id_of(generation, "decoder_start_token_id");
  ids.first_language = id_in(generation, "lang_to_id", "<|en|>");
  ids.translate = id_in(generation, "task_to_id", "translate");
  ids.transcribe = id_in(generation, "task_to_id", "transcribe");
  ids.start_of_previous = id_of(generation, "prev_sot_token_id");
  ids.no_timestamps = id_of(generation, "no_timestamps_token_id");
  const auto multilingual = generation.find("is_multilingual");
  if (multilingual != generation.end() && multilingual->is_boolean()) {
    ids.multilingual = multilingual->get<bool>();
  }
  return ids;
}

std::optional<VocabularyLayout> layout_of(const SpecialIds& ids) {
  const Id start =
      ids.start_of_transcript ? ids.start_of_transcript : after(ids.first_language, -1);
  const Id end = ids.end_of_text ? ids.end_of_text : after(start, -1);
  if (!end || !ids.no_timestamps) return std::nullopt;
  const std::int64_t languages = *ids.no_timestamps - *end - 7;
  if (languages < 0 || languages > kMostLanguages) {
    fail(ErrorKind::unsupported, ids.source, ": expected at most ", kMostLanguages,
         " languages between the end of text and \"no timestamps\", found the ids ", *end, " and ",
         *ids.no_timestamps);
  }
  const std::int64_t tasks = *end + 2 + languages;
  const std::array<Place, 6> places{{{"<|startoftranscript|>", ids.start_of_transcript, *end + 1},
                                     {"<|en|>", ids.first_language, *end + 2},
                                     {"<|translate|>", ids.translate, tasks},
                                     {"<|transcribe|>", ids.transcribe, tasks + 1},
                                     {"<|startofprev|>", ids.start_of_previous, tasks + 3},
                                     {"<|0.00|>", ids.first_timestamp, tasks + 6}}};
  for (const Place& place : places) {
    if (!place.found || *place.found == place.expected) continue;
    fail(ErrorKind::unsupported, ids.source, ": expected the special tokens in Whisper's order, ",
         place.name, " at ", place.expected, ", found it at ", *place.found);
  }
  return VocabularyLayout{*end, languages, ids.multilingual.value_or(*end != kEnglishWords)};
}

}  // namespace sotto
