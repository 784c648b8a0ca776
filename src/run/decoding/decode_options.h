#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "run/decoding/decoder_session.h"

namespace sotto {

enum class Task { transcribe, translate };

/// How one window is decoded: the fields of the reference's DecodingOptions (decoding.py), texts
/// already turned into tokens. Absent optionals are its None.
struct DecodeOptions {
  Task task = Task::transcribe;
  std::optional<TokenId> language;  ///< its token; absent for an English-only vocabulary
  double temperature = 0;
  std::optional<std::int64_t> sample_len;  ///< the most tokens to sample; half the context
  std::optional<std::int64_t> best_of;     ///< samples to choose from, at temperatures above 0
  std::optional<std::int64_t> beam_size;   ///< at temperature 0
  std::optional<double> patience;          ///< 1
  std::optional<double> length_penalty;    ///< of Wu et al. 2016, 0 to 1; plain length when absent
  std::vector<TokenId> prompt;             ///< what was said before
  std::vector<TokenId> prefix;             ///< what this window begins with
  /// −1 stands for the reference's list of symbols that are not spoken. Empty: nothing at all is
  /// suppressed; else the tokens that steer Whisper are suppressed too.
  std::vector<TokenId> suppress_tokens{-1};
  bool suppress_blank = true;
  bool without_timestamps = false;
  std::optional<double> max_initial_timestamp = 1.0;  ///< seconds; 0 is no limit
  std::uint64_t seed = 0;                             ///< of the sampling at temperatures above 0
  /// Not the reference's: seconds up to which the window is known to have speech, so that the text
  /// does not end behind a pair of timestamps before that. Nothing is known when absent.
  std::optional<double> speech_until;
};

/// What a window says: the fields of the reference's DecodingResult.
struct DecodeResult {
  std::vector<TokenId> tokens;  ///< sampled, without the end of text
  std::string text;             ///< without timestamps and surrounding white space
  double avg_logprob = 0;       ///< mean over the tokens and the end of text
  double no_speech_prob = 0;
  double temperature = 0;
  double compression_ratio = 0;  ///< of the text's UTF-8 by zlib
};

}  // namespace sotto
