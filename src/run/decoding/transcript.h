#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "run/decoding/decoder_session.h"

namespace sotto {

/// A word with its times in seconds from the start of the recording. The word carries the space
/// before it and the punctuation at it.
struct Word {
  std::string word;
  double start = 0, end = 0;
  double probability = 0;  ///< mean over its tokens
};

/// One stretch of speech, with the fields of openai/whisper's segments.
struct Segment {
  std::int64_t id = 0;
  std::int64_t seek = 0;  ///< mel frame at which its window began
  double start = 0, end = 0;
  std::string text;
  std::vector<TokenId> tokens;  ///< with timestamps; empty where nothing was said
  double temperature = 0;
  double avg_logprob = 0;
  double compression_ratio = 0;
  double no_speech_prob = 0;
  std::optional<std::vector<Word>> words;  ///< where they were asked for
};

/// What a recording says, with the fields of openai/whisper's result.
struct Transcript {
  std::string text;
  std::vector<Segment> segments;
  std::string language;  ///< its code, "en"
};

}  // namespace sotto
