#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "run/mel/sample_stream.h"

namespace sotto {

inline constexpr std::int64_t kSampleRate = 16000;  ///< Hz
inline constexpr std::int64_t kHopLength = 160;     ///< samples between mel frames (10 ms)

/// Appends 16-bit samples as numbers in [−1, 1).
void append_unit_samples(std::span<const std::int16_t> block, std::vector<float>& samples);

/// Whether there is more in a mix than what rounding leaves of channels that cancel each other out.
[[nodiscard]] bool is_audible(std::span<const std::int16_t> mix);

/// All that `stream` still gives, as samples in [−1, 1). Throws what its next() does, and usage
/// when that lasts longer than `limit_seconds`, decided without reading all of it.
[[nodiscard]] std::vector<float> read_samples(SampleStream& stream, double limit_seconds);

}  // namespace sotto
