#include "run/decoding/option_table.h"

#include "core/base/error.h"

namespace sotto {
namespace {

using T = TranscribeOptions;
using D = DecodeOptions;
using Topic = OptionTopic;

constexpr const char* kInteger = "INT";
constexpr const char* kIntegerOrNone = "INT|None";
constexpr const char* kNumber = "NUMBER";
constexpr const char* kNumberOrNone = "NUMBER|None";
constexpr const char* kSwitch = "True|False";
constexpr const char* kText = "TEXT";

constexpr OptionEffect kOutputs = OptionEffect::outputs;

constexpr OptionRange kRows{1, 64};  // each costs a cache of its own
constexpr OptionRange kTokens{1, 1 << 20};
constexpr OptionRange kFactor{0, 1e6};   // or seconds
constexpr OptionRange kStretch{0, 1e7};  // seconds, four months
constexpr OptionRange kShare{0, 1};
constexpr OptionRange kHeat{0, 100};

using Rows = std::vector<TranscribeOption>;

void add_speech(Rows& rows) {
  constexpr Topic kTopic = Topic::speech;
  rows.insert(
      rows.end(),
      {{"language", kTopic, "NAME|None", "What is spoken, by code or name; detected without",
        &T::language, kOutputs},
       {"task", kTopic, "NAME", "transcribe, or translate to English", &D::task, kOutputs},
       {"initial_prompt", kTopic, kText,
        "What the first window takes for said before: names, words, style", &T::initial_prompt,
        kOutputs},
       {"carry_initial_prompt", kTopic, kSwitch, "Put the initial prompt before every window",
        &T::carry_initial_prompt, kOutputs},
       {"condition_on_previous_text", kTopic, kSwitch, "Show each window what was said before",
        &T::condition_on_previous_text, kOutputs},
       {"prefix", kTopic, kText, "What every window begins with", &T::prefix, kOutputs},
       {"clip_timestamps", kTopic, "SECONDS,…", "Stretches to listen to: start,end,start,end,…",
        &T::clip_timestamps, kOutputs, kStretch}});
}

void add_decoding(Rows& rows) {
  constexpr Topic kTopic = Topic::decoding;
  rows.insert(
      rows.end(),
      {{"temperature", Topic::temperatures, kNumber, "Temperatures to decode at, one by one",
        &T::temperatures, kOutputs, kHeat, "temperatures"},
       {"beam_size", kTopic, kIntegerOrNone, "Beams, at temperature 0", &D::beam_size, kOutputs,
        kRows},
       {"best_of", kTopic, kIntegerOrNone, "Samples to choose from, above temperature 0",
        &D::best_of, kOutputs, kRows},
       {"patience", kTopic, kNumberOrNone,
        concat("Beams to finish, as a multiple of ", Option{"beam_size"}), &D::patience, kOutputs,
        kFactor},
       {"length_penalty", kTopic, kNumberOrNone,
        "Exponent, 0 to 1; without it scores are divided by length", &D::length_penalty, kOutputs,
        kShare},
       {"suppress_tokens", kTopic, "ID,…",
        "Tokens never to write; -1 for symbols that nobody speaks", &D::suppress_tokens, kOutputs},
       {"without_timestamps", kTopic, kSwitch, "Decode text alone, a segment for each window",
        &D::without_timestamps, kOutputs},
       {"max_initial_timestamp", kTopic, kNumberOrNone,
        "Seconds within which a window's first segment begins", &D::max_initial_timestamp, kOutputs,
        kFactor},
       {"sample_len", kTopic, kIntegerOrNone,
        "The most tokens of a window; half the context without", &D::sample_len, kOutputs, kTokens},
       {"seed", kTopic, kInteger, "Of the sampling above temperature 0", &D::seed, kOutputs}});
}

void add_thresholds(Rows& rows) {
  constexpr Topic kTopic = Topic::thresholds;
  rows.insert(rows.end(),
              {{"compression_ratio_threshold", kTopic, kNumberOrNone,
                "Text that repeats itself more fails", &T::compression_ratio_threshold, kOutputs},
               {"logprob_threshold", kTopic, kNumberOrNone,
                "Text that is less likely, on average, fails", &T::logprob_threshold, kOutputs},
               {"no_speech_threshold", kTopic, kNumberOrNone,
                "Above it, unlikely text counts as silence", &T::no_speech_threshold, kOutputs},
               {"hallucination_silence_threshold", kTopic, kNumberOrNone,
                "Seconds of silence around what looks made up, to skip it",
                &T::hallucination_silence_threshold, kOutputs}});
}

void add_words(Rows& rows) {
  constexpr Topic kTopic = Topic::words;
  rows.insert(
      rows.end(),
      {{"word_timestamps", kTopic, kSwitch, "Time every word", &T::word_timestamps, kOutputs},
       {"prepend_punctuations", kTopic, kText, "Punctuation that goes with the word after it",
        &T::prepend_punctuations, kOutputs},
       {"append_punctuations", kTopic, kText, "Punctuation that goes with the word before it",
        &T::append_punctuations, kOutputs}});
}

Rows make_table() {
  Rows rows;
  add_speech(rows);
  add_decoding(rows);
  add_thresholds(rows);
  add_words(rows);
  return rows;
}

}  // namespace

std::span<const TranscribeOption> transcribe_option_table() {
  static const Rows table = make_table();
  return table;
}

}  // namespace sotto
