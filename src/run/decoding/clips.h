#pragma once

#include <cstdint>
#include <vector>

namespace sotto {

/// A stretch of the recording to be heard, in mel frames.
struct FrameRange {
  std::int64_t begin = 0, end = 0;
};

/// The clips that TranscribeOptions::clip_timestamps names in a recording of so many frames.
[[nodiscard]] std::vector<FrameRange> clips_of(const std::vector<double>& times,
                                               std::int64_t content_frames);

}  // namespace sotto
