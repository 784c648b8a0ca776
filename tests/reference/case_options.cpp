#include "reference/case_options.h"

#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace sotto::test {
namespace {

using nlohmann::json;

template <typename T>
std::optional<T> optional_of(const json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<T>();
}

/// A list, or a text of numbers with commas between them, as the reference takes either.
template <typename T>
std::vector<T> numbers_of(const json& value) {
  if (value.is_array()) return value.get<std::vector<T>>();
  std::vector<T> numbers;
  std::istringstream text(value.get<std::string>());
  for (std::string one; std::getline(text, one, ',');) {
    numbers.push_back(static_cast<T>(std::stod(one)));
  }
  return numbers;
}

std::vector<double> temperatures_of(const json& value) {
  if (value.is_number()) return {value.get<double>()};
  return value.get<std::vector<double>>();
}

using Setter = std::function<void(TranscribeOptions&, const json&)>;

const std::map<std::string, Setter>& decoding_setters() {
  static const std::map<std::string, Setter> setters{
      {"task",
       [](auto& to, const json& value) {
         to.decoding.task = value == "translate" ? Task::translate : Task::transcribe;
       }},
      {"sample_len",
       [](auto& to, const json& value) {
         to.decoding.sample_len = optional_of<std::int64_t>(value);
       }},
      {"best_of",
       [](auto& to, const json& value) { to.decoding.best_of = optional_of<std::int64_t>(value); }},
      {"beam_size",
       [](auto& to, const json& value) {
         to.decoding.beam_size = optional_of<std::int64_t>(value);
       }},
      {"patience",
       [](auto& to, const json& value) { to.decoding.patience = optional_of<double>(value); }},
      {"length_penalty",
       [](auto& to, const json& value) {
         to.decoding.length_penalty = optional_of<double>(value);
       }},
      {"suppress_tokens",
       [](auto& to, const json& value) {
         to.decoding.suppress_tokens = numbers_of<TokenId>(value);
       }},
      {"suppress_blank", [](auto& to, const json& value) { to.decoding.suppress_blank = value; }},
      {"without_timestamps",
       [](auto& to, const json& value) { to.decoding.without_timestamps = value; }},
      {"max_initial_timestamp",
       [](auto& to, const json& value) {
         to.decoding.max_initial_timestamp = optional_of<double>(value);
       }},
  };
  return setters;
}

const std::map<std::string, Setter>& loop_setters() {
  static const std::map<std::string, Setter> setters{
      {"language",
       [](auto& to, const json& value) { to.language = optional_of<std::string>(value); }},
      {"prefix", [](auto& to, const json& value) { to.prefix = optional_of<std::string>(value); }},
      {"temperature",
       [](auto& to, const json& value) { to.temperatures = temperatures_of(value); }},
      {"compression_ratio_threshold",
       [](auto& to, const json& value) {
         to.compression_ratio_threshold = optional_of<double>(value);
       }},
      {"logprob_threshold",
       [](auto& to, const json& value) { to.logprob_threshold = optional_of<double>(value); }},
      {"no_speech_threshold",
       [](auto& to, const json& value) { to.no_speech_threshold = optional_of<double>(value); }},
      {"condition_on_previous_text",
       [](auto& to, const json& value) { to.condition_on_previous_text = value; }},
      {"initial_prompt",
       [](auto& to, const json& value) { to.initial_prompt = optional_of<std::string>(value); }},
      {"carry_initial_prompt",
       [](auto& to, const json& value) { to.carry_initial_prompt = value; }},
      {"clip_timestamps",
       [](auto& to, const json& value) { to.clip_timestamps = numbers_of<double>(value); }},
      {"word_timestamps", [](auto& to, const json& value) { to.word_timestamps = value; }},
      {"hallucination_silence_threshold",
       [](auto& to, const json& value) {
         to.hallucination_silence_threshold = optional_of<double>(value);
       }},
  };
  return setters;
}

}  // namespace

TranscribeOptions options_of(const json& arguments) {
  TranscribeOptions options;
  for (const auto& [name, value] : arguments.items()) {
    const auto& setters = loop_setters().contains(name) ? loop_setters() : decoding_setters();
    const auto setter = setters.find(name);
    if (setter == setters.end()) fail(ErrorKind::internal, "no option of Sotto for ", name);
    setter->second(options, value);
  }
  return options;
}

}  // namespace sotto::test
