#pragma once

#include <cstdint>
#include <vector>

#include "run/decoding/decode_options.h"
#include "run/decoding/transcript.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// A window's place in the recording, in mel frames.
struct WindowPlace {
  std::int64_t seek = 0;                  ///< where it begins
  std::int64_t frames = 0;                ///< of speech in it
  [[nodiscard]] double start() const;     ///< seconds
  [[nodiscard]] double duration() const;  ///< seconds
};

/// Seconds of a number of mel frames.
[[nodiscard]] double seconds_of(std::int64_t frames);

/// A window's result, cut at its pairs of timestamps.
struct CutWindow {
  std::vector<Segment> segments;
  std::int64_t next_seek = 0;  ///< where the next window begins
  /// The text ends in one timestamp after words: nothing is said behind it.
  bool ends_in_silence = false;
};

/// Cuts as transcribe.py does: a segment for each pair of timestamps, the unfinished rest left to
/// the next window; without a pair the whole window is one segment.
[[nodiscard]] CutWindow cut_window(const DecodeResult& result, const Tokenizer& tokenizer,
                                   const WindowPlace& place);

}  // namespace sotto
