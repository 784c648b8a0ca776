#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sotto {

/// How a sample is written.
enum class SampleCode {
  unsigned_integer,  ///< of one byte, silence at 128
  signed_integer,    ///< of 2 to 8 bytes, in two's complement; fewer bits lie at the upper end
  floating,          ///< IEEE 754 of 4 or 8 bytes, full scale at 1
  a_law,             ///< ITU-T G.711, a byte
  mu_law,
};

/// What uncompressed sound is made of: frames of one sample for each channel.
struct PcmFormat {
  SampleCode code = SampleCode::signed_integer;
  std::size_t sample_bytes = 2;
  bool big_endian = false;
  std::int64_t rate = 16000;  ///< Hz
  std::size_t channels = 1;
  std::uint32_t speakers = 0;  ///< WAV's channel mask; 0 where nothing is said about it

  [[nodiscard]] std::size_t frame_bytes() const { return sample_bytes * channels; }
};

/// Rates that are brought to 16 kHz. The filter is as long as the rate is high; nothing is recorded
/// at more (DSD512 has 2.8 MHz as PCM), and nobody records speech at less.
inline constexpr std::int64_t kLowestRate = 1000;
inline constexpr std::int64_t kHighestRate = 3'000'000;

/// Reads "s16le,16000,1": s16le or f32le, the rate in Hz, the number of channels (1 to 8). Throws
/// usage, naming the option `pcm`.
[[nodiscard]] PcmFormat parse_pcm_format(std::string_view text);

/// "44100 Hz, 2 channels of 16-bit integers", for messages.
[[nodiscard]] std::string describe(const PcmFormat& format);

}  // namespace sotto
