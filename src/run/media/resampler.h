#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

struct AVFrame;
struct SwrContext;

namespace sotto {

/// Turns decoded frames of one format into 16 kHz mono 16-bit samples with libswresample's default
/// settings, in the portions in which the ffmpeg program's aresample filter asks for them.
class Resampler {
 public:
  /// Takes its input format from `frame`; `name` stands for the file in error messages. Throws
  /// unsupported when libswresample cannot bring that format down to 16 kHz mono, or its rate is
  /// not from 1 kHz to 3 MHz.
  Resampler(const AVFrame& frame, std::string_view name);
  ~Resampler();
  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;

  /// True when `frame` has the format that this was made for.
  [[nodiscard]] bool takes(const AVFrame& frame) const;

  /// Appends what `frame` gives to `out`; some stays behind in the filter's delay.
  void convert(const AVFrame& frame, std::vector<std::int16_t>& out);

  /// Appends what the filter still holds, at the end of the recording.
  void finish(std::vector<std::int16_t>& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sotto
