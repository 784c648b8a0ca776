#pragma once

#include <cstdint>

namespace sotto::operator_code {

// The TFLite format's numbers of the operators that Sotto's graphs are made of.
inline constexpr std::int32_t add = 0, concatenation = 2, conv_2d = 3, dequantize = 6;
inline constexpr std::int32_t fully_connected = 9, mul = 18, reshape = 22, softmax = 25;
inline constexpr std::int32_t pad = 34, transpose = 39, mean = 40, sub = 41, div = 42;
inline constexpr std::int32_t maximum = 55, slice = 65, rsqrt = 76, reduce_max = 82, abs = 101;
inline constexpr std::int32_t batch_matmul = 126, gelu = 150;

}  // namespace sotto::operator_code
