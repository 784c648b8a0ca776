#pragma once

namespace sotto::half {

// How far float16 takes a result from what is right, as the bounds of expected.h need it.

/// Half of the distance of two neighbours, for their size: what rounding to nearest takes at most.
inline constexpr double kUnit = 0x1p-11;
/// The same of float32, in which sums are made.
inline constexpr double kSumUnit = 0x1p-24;
/// The smallest normal number: below it an NPU may have zero.
inline constexpr double kFlushed = 0x1p-14;

}  // namespace sotto::half
