#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/tensor.h"
#include "run/mel/mel_stream.h"

namespace sotto {

/// A recording of any length whose log-mel is read window by window, in memory that is bounded
/// whatever its length. The values are, bit for bit, those of log_mel_spectrogram() over all
/// samples followed by 480000 zeros (30 s), as openai/whisper's transcribe() computes them.
///
/// Log-mel is clamped 8 decades below the loudest value of the whole recording, so a first reading,
/// in the constructor, finds that value and the length. What it computes on the way is kept while
/// that is at most kMostKept bytes (13 minutes of 80 bins), and the windows are cut from it. Longer
/// recordings are read a second time, and their windows computed as they are asked for. That goes
/// forwards: a window that begins before the one of the call before opens the recording again and
/// reads up to there. Windows that overlap cost no further reading. For one thread at a time.
class Recording {
 public:
  static constexpr std::size_t kMostKept = std::size_t{24} << 20;

  /// Called in the first reading with the seconds read so far, about every 10 s of sound. What it
  /// throws ends the reading and passes through.
  using Progress = std::function<void(double seconds)>;

  /// Every stream that `opener` opens must give the same samples. n_mels is 80 or 128. Throws what
  /// opening a stream and SampleStream::next() do, and unsupported for other n_mels.
  Recording(StreamOpener opener, std::int64_t n_mels, const Progress& progress = {});

  /// Length in 16 kHz samples, at least 1, and in seconds.
  [[nodiscard]] std::int64_t samples() const { return samples_; }
  [[nodiscard]] double seconds() const;

  /// SampleStream::cancels_out().
  [[nodiscard]] bool cancels_out() const { return cancels_out_; }

  /// Whole frames of 160 samples in the recording itself, without the silence behind it.
  [[nodiscard]] std::int64_t content_frames() const;

  /// Writes frames [first, first + count) to the start of every row of `window`, a float32
  /// [1, n_mels, frames ≥ count], and zeros behind them (not silence: the reference pads windows
  /// with 0.0 in this domain). The 3000 frames of silence behind the content may be read too, and
  /// the last frames of content reach into it. Throws what SampleStream::next() does, io when a
  /// second reading finds another length than the first, and internal for frames that do not exist
  /// or a tensor of another form.
  void read(std::int64_t first, std::int64_t count, Tensor& window);

 private:
  void measure(const Progress& progress);
  void keep(const std::vector<float>& portion);
  void copy_kept(std::int64_t first, std::int64_t count, std::span<float> rows,
                 std::size_t stride) const;
  void read_again(std::int64_t first, std::int64_t count, float* out, std::size_t stride);
  void check_request(std::int64_t first, std::int64_t count, const Tensor& window) const;
  MelStream& stream_for(std::int64_t first);

  StreamOpener opener_;
  std::string name_;  // of the recording, in messages
  std::int64_t n_mels_;
  std::int64_t samples_ = 0;
  float loudest_;
  bool cancels_out_ = false;
  bool keeps_ = true;
  /// All frames of the first reading, some at a time, each time bin by bin; none unless keeps_.
  std::vector<std::vector<float>> kept_;
  std::optional<MelStream> stream_;
  std::int64_t position_ = 0;  // the first frame that was asked for last
};

}  // namespace sotto
