#include "run/decoding/clips.h"

#include <algorithm>
#include <cstddef>

#include "run/decoding/hallucination.h"

namespace sotto {

std::vector<FrameRange> clips_of(const std::vector<double>& times, std::int64_t content_frames) {
  std::vector<std::int64_t> points;
  points.reserve(times.size() + 1);
  for (const double time : times) points.push_back(std::min(frame_at(time), content_frames));
  if (points.empty()) points.push_back(0);
  if (points.size() % 2 == 1) points.push_back(content_frames);
  std::vector<FrameRange> clips;
  for (std::size_t i = 0; i < points.size(); i += 2) clips.push_back({points[i], points[i + 1]});
  return clips;
}

}  // namespace sotto
