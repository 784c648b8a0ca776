#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numbers>
#include <string>
#include <type_traits>
#include <vector>

#include "support/files.h"

namespace sotto::test {

/// A sine of `hz` in 16-bit samples, of amplitude `peak` and `count` samples at `rate`.
[[nodiscard]] inline std::vector<std::int16_t> sine(double hz, double peak, int rate, int count) {
  std::vector<std::int16_t> samples;
  for (int i = 0; i < count; ++i) {
    const double phase = 2 * std::numbers::pi * hz * i / rate;
    samples.push_back(static_cast<std::int16_t>(std::lround(peak * std::sin(phase))));
  }
  return samples;
}

template <class T>
[[nodiscard]] std::string little_endian(T value) {
  static_assert(std::endian::native == std::endian::little);
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

/// The bytes of a WAV file of interleaved `samples`: integers as PCM, floats as IEEE.
template <class T>
[[nodiscard]] std::string wav_bytes(const std::vector<T>& samples, int rate, int channels) {
  const auto block = static_cast<std::uint16_t>(static_cast<std::size_t>(channels) * sizeof(T));
  std::string data;
  for (const T sample : samples) data += little_endian(sample);
  const std::string format = little_endian<std::uint16_t>(std::is_floating_point_v<T> ? 3 : 1) +
                             little_endian(static_cast<std::uint16_t>(channels)) +
                             little_endian(static_cast<std::uint32_t>(rate)) +
                             little_endian(static_cast<std::uint32_t>(rate) * block) +
                             little_endian(block) +
                             little_endian(static_cast<std::uint16_t>(8 * sizeof(T)));
  const auto size_of = [](std::size_t size) {
    return little_endian(static_cast<std::uint32_t>(size));
  };
  return "RIFF" + size_of(36 + data.size()) + "WAVEfmt " + size_of(format.size()) + format +
         "data" + size_of(data.size()) + data;
}

/// The same as RIFX, the big-endian form of WAV.
template <class T>
[[nodiscard]] std::string rifx_bytes(const std::vector<T>& samples, int rate, int channels) {
  std::string bytes = wav_bytes(samples, rate, channels);
  const auto turn = [&](std::size_t begin, std::size_t size) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                 bytes.begin() + static_cast<std::ptrdiff_t>(begin + size));
  };
  bytes[3] = 'X';
  for (const std::size_t place : {4U, 16U, 24U, 28U, 40U}) turn(place, 4);
  for (const std::size_t place : {20U, 22U, 32U, 34U}) turn(place, 2);
  for (std::size_t place = 44; place < bytes.size(); place += sizeof(T)) turn(place, sizeof(T));
  return bytes;
}

}  // namespace sotto::test
