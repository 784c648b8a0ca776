#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "run/decoding/transcript.h"
#include "run/writers/writers.h"

namespace sotto {

struct Subtitle {
  std::int64_t start = 0, end = 0;  ///< milliseconds
  std::string text;                 ///< may hold line breaks
};

/// What is to be shown when (the reference's SubtitlesWriter.iterate_result, utils.py).
[[nodiscard]] std::vector<Subtitle> subtitles(const Transcript& transcript,
                                              const SubtitleOptions& options);

}  // namespace sotto
