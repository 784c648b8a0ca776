#pragma once

#include <filesystem>
#include <vector>

#include "run/media/media_stream.h"
#include "run/mel/samples.h"

namespace sotto::test {

/// A whole recording by FFmpeg's libraries, as samples in [−1, 1).
[[nodiscard]] inline std::vector<float> decode_audio(const std::filesystem::path& path,
                                                     double limit_seconds) {
  MediaStream stream(path);
  return read_samples(stream, limit_seconds);
}

}  // namespace sotto::test
