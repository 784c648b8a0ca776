#include "run/mel/pcm_samples.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>

#include "core/base/error.h"
#include "run/mel/byte_order.h"

namespace sotto {
namespace {

/// G.711: a sign, three bits of exponent, four of mantissa, all but µ-law's sign inverted or not.
std::int16_t from_mu_law(std::uint8_t code) {
  constexpr int kBias = 132;
  const unsigned bits = ~static_cast<unsigned>(code);
  const int magnitude = ((static_cast<int>(bits & 15U) << 3) + kBias) << ((bits >> 4) & 7U);
  return static_cast<std::int16_t>((bits & 128U) != 0 ? kBias - magnitude : magnitude - kBias);
}

std::int16_t from_a_law(std::uint8_t code) {
  const unsigned bits = code ^ 0x55U;
  const int exponent = static_cast<int>((bits >> 4) & 7U);
  const int mantissa = (static_cast<int>(bits & 15U) << 4) + 8;
  const int magnitude = exponent == 0 ? mantissa : (mantissa + 256) << (exponent - 1);
  return static_cast<std::int16_t>((bits & 128U) != 0 ? magnitude : -magnitude);
}

/// A signed number that fills 64 bits.
template <class T>
T from_integer(std::int64_t value) {
  if constexpr (std::is_same_v<T, std::int16_t>) return static_cast<std::int16_t>(value >> 48);
  if constexpr (std::is_same_v<T, float>) {
    return std::ldexp(static_cast<float>(value >> 32), -31);
  }
  return static_cast<T>(std::ldexp(static_cast<double>(value), -63));
}

template <class T>
T from_16_bits(std::int16_t value) {
  return from_integer<T>(static_cast<std::int64_t>(value) << 48);
}

template <class T>
T from_float(double value) {
  constexpr double kMost = 100;
  const double held = std::isnan(value) ? 0 : std::clamp(value, -kMost, kMost);
  if constexpr (std::is_same_v<T, std::int16_t>) return to_16_bits(held);
  return static_cast<T>(held);
}

template <class T>
T sample_at(const PcmFormat& format, std::span<const std::byte> bytes) {
  // The highest bit of the sample is that of the number.
  const std::uint64_t bits = number_in(bytes, 0, format.sample_bytes, format.big_endian)
                             << (64 - 8 * format.sample_bytes);
  switch (format.code) {
    case SampleCode::unsigned_integer:
      return from_integer<T>(static_cast<std::int64_t>(bits ^ (std::uint64_t{1} << 63)));
    case SampleCode::signed_integer:
      return from_integer<T>(static_cast<std::int64_t>(bits));
    case SampleCode::floating:
      return from_float<T>(format.sample_bytes == 8
                               ? std::bit_cast<double>(bits)
                               : std::bit_cast<float>(static_cast<std::uint32_t>(bits >> 32)));
    case SampleCode::a_law:
      return from_16_bits<T>(from_a_law(static_cast<std::uint8_t>(bits >> 56)));
    case SampleCode::mu_law:
      return from_16_bits<T>(from_mu_law(static_cast<std::uint8_t>(bits >> 56)));
  }
  fail(ErrorKind::internal, "sample code: found one that nothing reads");
}

template <class T>
std::int16_t rounded(T sample) {
  constexpr T kFull = 32768;
  return static_cast<std::int16_t>(std::lrint(std::clamp(sample * kFull, -kFull, kFull - 1)));
}

}  // namespace

template <class T>
void append_channel(const PcmFormat& format, std::span<const std::byte> frames, std::size_t channel,
                    std::vector<T>& out) {
  const std::size_t stride = format.frame_bytes();
  out.reserve(out.size() + frames.size() / stride);
  for (std::size_t at = channel * format.sample_bytes; at < frames.size(); at += stride) {
    out.push_back(sample_at<T>(format, frames.subspan(at)));
  }
}

template void append_channel(const PcmFormat&, std::span<const std::byte>, std::size_t,
                             std::vector<std::int16_t>&);
template void append_channel(const PcmFormat&, std::span<const std::byte>, std::size_t,
                             std::vector<float>&);
template void append_channel(const PcmFormat&, std::span<const std::byte>, std::size_t,
                             std::vector<double>&);

std::int16_t to_16_bits(std::int16_t sample) { return sample; }
std::int16_t to_16_bits(float sample) { return rounded(sample); }
std::int16_t to_16_bits(double sample) { return rounded(sample); }

}  // namespace sotto
