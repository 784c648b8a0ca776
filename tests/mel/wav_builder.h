#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sotto::test {

/// A WAV file to be made, with everything in it that files of others have or get wrong.
struct WavSpec {
  std::string form = "RIFF";
  std::uint16_t tag = 1;  ///< 1 PCM, 3 floats, 6 A-law, 7 µ-law
  int bits = 16;          ///< that the header names
  int bytes = 2;          ///< that a sample takes
  int channels = 1;
  int rate = 16000;
  int frames = 4000;
  double level = 0.9;

  std::size_t format_bytes = 16;           ///< 14, 16, 18 or 40, the last of which is extensible
  int valid_bits = 0;                      ///< of an extensible header
  std::uint32_t speakers = 0;              ///< the same
  std::optional<std::uint16_t> block;      ///< instead of the right one
  std::optional<std::uint32_t> data_size;  ///< instead of the right one
  std::optional<std::uint64_t> long_size;  ///< in ds64, instead of the right one
  std::string before;                      ///< chunks between fmt and data
  std::string in_front;                    ///< chunks in front of fmt
  std::string after;                       ///< what is behind the sound
};

/// A chunk, with its padding.
[[nodiscard]] std::string chunk(const std::string& id, const std::string& body,
                                bool big_endian = false);

/// Noise of its own in every channel, with some full-scale peaks.
[[nodiscard]] std::string wav_sound(const WavSpec& spec);

/// The file.
[[nodiscard]] std::string wav_of(const WavSpec& spec);

}  // namespace sotto::test
