#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "run/mel/frame_mel.h"
#include "run/mel/sample_stream.h"

namespace sotto {

/// The log10 mel energies of a recording (see FrameMel), read forwards. The edge in front of the
/// first sample is mirrored; behind the last there is silence without end. Of the samples only
/// those are kept that the frames asked for last, and the one block in hand, need.
class MelStream {
 public:
  /// Throws what FrameMel does. `stream` is at its beginning.
  MelStream(std::unique_ptr<SampleStream> stream, std::int64_t n_mels);

  /// Writes frames [first, first + count) to `out`, bin by bin with `stride` values from one bin to
  /// the next. `first` ≥ 0 may not be smaller than in the call before. Throws what
  /// SampleStream::next() does.
  void read(std::int64_t first, std::int64_t count, float* out, std::size_t stride);

  /// Samples of the recording read so far, and whether that is all of them.
  [[nodiscard]] std::int64_t samples() const;
  [[nodiscard]] bool ended() const { return ended_; }

  /// SampleStream::name().
  [[nodiscard]] const std::string& name() const { return stream_->name(); }

  /// SampleStream::cancels_out().
  [[nodiscard]] bool cancels_out() const { return stream_->cancels_out(); }

 private:
  void keep(std::int64_t first, std::int64_t last);
  void drop_before(std::int64_t first);
  [[nodiscard]] const float* frame(std::int64_t index);

  std::unique_ptr<SampleStream> stream_;
  FrameMel frame_mel_;
  std::int64_t start_ = 0;     // which sample of the recording is the first in buffer_
  std::vector<float> buffer_;  // samples, as far as they are read
  std::vector<std::int16_t> block_;
  std::vector<float> edge_;  // a frame that reaches over either end
  bool ended_ = false;
};

}  // namespace sotto
