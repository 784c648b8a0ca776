#include "run/mel/mel.h"

#include <algorithm>
#include <vector>

#include "core/base/error.h"
#include "run/mel/frame_mel.h"

namespace sotto {
namespace {

constexpr std::size_t kFrame = 2 * kHalfFrame;

/// Gives centred frames of a recording whose edges are mirrored (the edge sample not repeated).
class Frames {
 public:
  explicit Frames(std::span<const float> samples) : samples_(samples) {}

  /// Frame `index` covers kFrame samples around sample index · kHop.
  const float* operator()(std::size_t index) {
    const std::size_t centre = index * kHop;
    if (centre >= kHalfFrame && centre + kHalfFrame <= samples_.size()) {
      return samples_.data() + centre - kHalfFrame;
    }
    for (std::size_t i = 0; i < kFrame; ++i) edge_[i] = samples_[mirrored(centre + i)];
    return edge_.data();
  }

 private:
  /// `shifted` is the wanted position plus kHalfFrame, so that it is never negative.
  [[nodiscard]] std::size_t mirrored(std::size_t shifted) const {
    if (shifted < kHalfFrame) return kHalfFrame - shifted;
    const std::size_t position = shifted - kHalfFrame;
    return position < samples_.size() ? position : 2 * (samples_.size() - 1) - position;
  }

  std::span<const float> samples_;
  std::vector<float> edge_ = std::vector<float>(kFrame);
};

}  // namespace

Tensor log_mel_spectrogram(std::span<const float> samples, std::int64_t n_mels) {
  FrameMel frame_mel(n_mels);
  if (samples.size() <= kHalfFrame) {
    fail(ErrorKind::usage, "log-mel: expected at least ", kHalfFrame + 1, " samples, found ",
         samples.size());
  }
  const std::size_t count = samples.size() / kHop;
  Tensor mel(DType::float32, {n_mels, static_cast<std::int64_t>(count)});
  const std::span<float> out = mel.floats();
  Frames frames(samples);
  for (std::size_t frame = 0; frame < count; ++frame) {
    frame_mel(frames(frame), out.data() + frame, count);
  }
  if (!out.empty()) compress_range(out, *std::max_element(out.begin(), out.end()));
  return mel;
}

Tensor window_mel(std::span<const float> samples, std::int64_t n_mels, std::int64_t frames) {
  const auto length = static_cast<std::size_t>(std::max<std::int64_t>(frames, 0)) * kHop;
  if (samples.size() > length) {
    fail(ErrorKind::usage, "log-mel: expected at most ", length, " samples for ", frames,
         " frames, found ", samples.size());
  }
  std::vector<float> padded(length);
  std::copy(samples.begin(), samples.end(), padded.begin());
  const Tensor mel = log_mel_spectrogram(padded, n_mels);
  Tensor batch(DType::float32, {1, n_mels, frames});
  std::copy(mel.floats().begin(), mel.floats().end(), batch.floats().begin());
  return batch;
}

}  // namespace sotto
