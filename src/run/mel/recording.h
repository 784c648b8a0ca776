#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/tensor.h"
#include "run/mel/mel_stream.h"

namespace sotto {

/// A recording of any length whose log-mel is read window by window, in memory that does not grow
/// with it. The values are, bit for bit, those of log_mel_spectrogram() over all samples followed
/// by 480000 zeros (30 s), as openai/whisper's transcribe() computes them.
///
/// That asks for two readings of the recording. Log-mel is clamped 8 decades below the loudest
/// value of the whole recording, so the first reading, in the constructor, finds that value and the
/// length. The second computes the windows as they are asked for. It goes forwards: a window that
/// begins before the one of the call before opens the recording again and reads up to there.
/// Windows that overlap cost no second reading. For one thread at a time.
class Recording {
 public:
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
  /// the last frames of content reach into it. Throws what SampleStream::next() does, io when the
  /// file has changed since the first reading, and internal for frames that do not exist or a
  /// tensor of another form.
  void read(std::int64_t first, std::int64_t count, Tensor& window);

 private:
  void measure(const Progress& progress);
  void check_request(std::int64_t first, std::int64_t count, const Tensor& window) const;
  MelStream& stream_for(std::int64_t first);

  StreamOpener opener_;
  std::string name_;  // of the recording, in messages
  std::int64_t n_mels_;
  std::int64_t samples_ = 0;
  float loudest_;
  bool cancels_out_ = false;
  std::optional<MelStream> stream_;
  std::int64_t position_ = 0;  // the first frame that was asked for last
};

}  // namespace sotto
