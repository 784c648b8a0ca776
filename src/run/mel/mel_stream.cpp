#include "run/mel/mel_stream.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "run/mel/samples.h"

namespace sotto {
namespace {

constexpr auto kHalf = static_cast<std::int64_t>(kHalfFrame);
constexpr std::int64_t kFrame = 2 * kHalf;

}  // namespace

MelStream::MelStream(std::unique_ptr<SampleStream> stream, std::int64_t n_mels)
    : stream_(std::move(stream)), frame_mel_(n_mels), edge_(static_cast<std::size_t>(kFrame)) {}

void MelStream::read(std::int64_t first, std::int64_t count, float* out, std::size_t stride) {
  const std::int64_t last_centre = (first + count - 1) * kHopLength;
  keep(first * kHopLength - kHalf, std::max(last_centre, kHalf) + kHalf + 1);
  for (std::int64_t i = 0; i < count; ++i) frame_mel_(frame(first + i), out + i, stride);
}

std::int64_t MelStream::samples() const {
  return start_ + static_cast<std::int64_t>(buffer_.size());
}

/// Reads as far as sample `last`, if the recording does, and forgets what lies before `first`.
void MelStream::keep(std::int64_t first, std::int64_t last) {
  drop_before(first);
  while (!ended_ && samples() < last) {
    ended_ = !stream_->next(block_);
    append_unit_samples(block_, buffer_);
    drop_before(first);
  }
}

void MelStream::drop_before(std::int64_t first) {
  const auto held = static_cast<std::int64_t>(buffer_.size());
  const std::int64_t count = std::clamp<std::int64_t>(first - start_, 0, held);
  buffer_.erase(buffer_.begin(), buffer_.begin() + count);
  start_ += count;
}

/// The samples around the frame's centre. The buffer holds all that lie in the recording.
const float* MelStream::frame(std::int64_t index) {
  const std::int64_t begin = index * kHopLength - kHalf;
  if (begin >= start_ && begin + kFrame <= samples()) return buffer_.data() + (begin - start_);
  for (std::int64_t i = 0; i < kFrame; ++i) {
    const std::int64_t position = std::abs(begin + i);
    const bool inside = position >= start_ && position < samples();
    edge_[static_cast<std::size_t>(i)] =
        inside ? buffer_[static_cast<std::size_t>(position - start_)] : 0;
  }
  return edge_.data();
}

}  // namespace sotto
