#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "run/decoding/decode_options.h"
#include "run/decoding/transcript.h"

namespace sotto {

/// How a recording is transcribed: the arguments of the reference's transcribe() (transcribe.py)
/// with its defaults. Absent optionals are its None.
struct TranscribeOptions {
  /// Code or English name; detected when absent (English for an English-only model).
  std::optional<std::string> language;
  /// For every window. Its language, prompt and temperature are set by the loop; `prefix` is
  /// given as text below.
  DecodeOptions decoding;
  std::optional<std::string> prefix;  ///< text that every window begins with

  /// Tried one after the other until a result passes the thresholds.
  std::vector<double> temperatures{0.0, 0.2, 0.4, 0.6, 0.8, 1.0};
  std::optional<double> compression_ratio_threshold = 2.4;
  std::optional<double> logprob_threshold = -1.0;
  std::optional<double> no_speech_threshold = 0.6;

  bool condition_on_previous_text = true;
  std::optional<std::string> initial_prompt;
  bool carry_initial_prompt = false;

  /// Seconds: start, end, start, end, …; the end of the recording when the last end is missing.
  std::vector<double> clip_timestamps{0.0};

  bool word_timestamps = false;
  std::string prepend_punctuations = "\"'“¿([{-";
  std::string append_punctuations = "\"'.。,，!！?？:：”)]}、";
  /// Seconds; needs word_timestamps.
  std::optional<double> hallucination_silence_threshold;
};

/// Who follows a transcription while it runs. Every function may be empty.
struct TranscribeObserver {
  /// The language that was detected, by its code.
  std::function<void(const std::string& language)> on_language;
  /// A window's segments, as soon as they are final.
  std::function<void(const std::vector<Segment>& segments)> on_segments;
  /// Mel frames done, of how many.
  std::function<void(std::int64_t done, std::int64_t total)> on_progress;
};

/// Throws usage, in one sentence that marks the options (Error::options()), for options that
/// contradict each other or are out of the ranges of option_table.h.
void check_options(const TranscribeOptions& options);

}  // namespace sotto
