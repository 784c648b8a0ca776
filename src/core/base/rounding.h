#pragma once

#include <cmath>
#include <cstdint>

namespace sotto {

/// The nearest whole number, the even one of two that are equally near: Python's round(). `number`
/// must fit; the rounding mode is the default one.
[[nodiscard]] inline std::int64_t round_half_even(double number) { return std::llrint(number); }

}  // namespace sotto
