#include "run/mel/recording.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "run/mel/samples.h"

namespace sotto {
namespace {

constexpr std::int64_t kSilenceFrames = 3000;   // behind the content
constexpr std::int64_t kMeasuredFrames = 1000;  // at once, in the first reading
constexpr float kSilence = -10;                 // log10 of the smallest energy

double seconds_of(std::int64_t samples) {
  return static_cast<double>(samples) / static_cast<double>(kSampleRate);
}

}  // namespace

Recording::Recording(StreamOpener opener, std::int64_t n_mels, const Progress& progress)
    : opener_(std::move(opener)), n_mels_(n_mels), loudest_(kSilence) {
  measure(progress);
}

/// All frames that see a sample of the recording lie in the portions read here; those behind them
/// are silent, as some always are. The frame that is centred at the end may begin a portion.
void Recording::measure(const Progress& progress) {
  MelStream stream(opener_(), n_mels_);
  name_ = stream.name();
  std::vector<float> portion(static_cast<std::size_t>(n_mels_ * kMeasuredFrames));
  const auto sees_samples = [&stream](std::int64_t frame) {
    return frame * kHopLength - static_cast<std::int64_t>(kHalfFrame) < stream.samples();
  };
  for (std::int64_t first = 0; !stream.ended() || sees_samples(first); first += kMeasuredFrames) {
    stream.read(first, kMeasuredFrames, portion.data(), kMeasuredFrames);
    loudest_ = std::max(loudest_, *std::max_element(portion.begin(), portion.end()));
    keep(portion);
    if (progress) progress(seconds_of(stream.samples()));
  }
  samples_ = stream.samples();
  cancels_out_ = stream.cancels_out();
}

void Recording::keep(const std::vector<float>& portion) {
  keeps_ = keeps_ && (kept_.size() + 1) * portion.size() * sizeof(float) <= kMostKept;
  if (keeps_) {
    kept_.push_back(portion);
  } else {
    kept_ = {};
  }
}

double Recording::seconds() const { return seconds_of(samples_); }

std::int64_t Recording::content_frames() const { return samples_ / kHopLength; }

void Recording::read(std::int64_t first, std::int64_t count, Tensor& window) {
  check_request(first, count, window);
  const std::span<float> out = window.floats();
  std::fill(out.begin(), out.end(), 0.0F);
  if (count == 0) return;
  const auto frames = static_cast<std::size_t>(window.shape()[2]);
  if (keeps_) {
    copy_kept(first, count, out, frames);
  } else {
    read_again(first, count, out.data(), frames);
  }
  for (std::size_t row = 0; row < out.size(); row += frames) {
    compress_range(out.subspan(row, static_cast<std::size_t>(count)), loudest_);
  }
}

void Recording::copy_kept(std::int64_t first, std::int64_t count, std::span<float> rows,
                          std::size_t stride) const {
  for (std::int64_t done = 0; done < count;) {
    const std::int64_t frame = first + done;
    const auto portion = static_cast<std::size_t>(frame / kMeasuredFrames);
    const std::int64_t place = frame % kMeasuredFrames;
    const std::int64_t here = std::min(count - done, kMeasuredFrames - place);
    for (std::size_t bin = 0; bin < rows.size() / stride; ++bin) {
      float* out = rows.data() + bin * stride + done;
      if (portion >= kept_.size()) {
        std::fill_n(out, here, kSilence);
      } else {
        std::copy_n(kept_[portion].data() + bin * kMeasuredFrames + place, here, out);
      }
    }
    done += here;
  }
}

void Recording::read_again(std::int64_t first, std::int64_t count, float* out, std::size_t stride) {
  MelStream& stream = stream_for(first);
  stream.read(first, count, out, stride);
  if (stream.samples() > samples_ || (stream.ended() && stream.samples() != samples_)) {
    fail(ErrorKind::io, name_, ": expected the ", seconds(),
         " seconds of sound of its first reading, found that it has changed since");
  }
}

void Recording::check_request(std::int64_t first, std::int64_t count, const Tensor& window) const {
  const Shape& shape = window.shape();
  const bool fits = shape.size() == 3 && shape[0] == 1 && shape[1] == n_mels_ && shape[2] >= count;
  if (!fits) {
    fail(ErrorKind::internal, "window of log-mel: expected [1, ", n_mels_, ", ", count,
         " or more], found ", to_string(shape));
  }
  const std::int64_t frames = content_frames() + kSilenceFrames;
  if (first < 0 || count < 0 || first > frames || count > frames - first) {
    fail(ErrorKind::internal, name_, ": expected some of its ", frames,
         " mel frames, silence included, found a wish for ", count, " from ", first, " on");
  }
}

MelStream& Recording::stream_for(std::int64_t first) {
  if (!stream_ || first < position_) stream_.emplace(opener_(), n_mels_);
  position_ = first;
  return *stream_;
}

}  // namespace sotto
