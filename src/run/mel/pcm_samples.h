#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "run/mel/pcm_format.h"

namespace sotto {

/// Appends the samples of one channel in whole frames to `out`: as 16-bit integers, whose lower
/// bits are cut off where there are more, or as floats or doubles with full scale at 1. Floats that
/// are no number or beyond a hundredfold full scale are held there, so that no filter can be
/// spoilt.
template <class T>
void append_channel(const PcmFormat& format, std::span<const std::byte> frames, std::size_t channel,
                    std::vector<T>& out);

/// A sample as 16 bits, rounded to the nearest and held within them.
[[nodiscard]] std::int16_t to_16_bits(std::int16_t sample);
[[nodiscard]] std::int16_t to_16_bits(float sample);
[[nodiscard]] std::int16_t to_16_bits(double sample);

}  // namespace sotto
