#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sotto {

/// A NaN or an infinity that a text has instead of a number.
struct NotFiniteNumber {
  std::size_t ordinal = 0;  ///< among the numbers of the text, from 0 on
  double value = 0;
};

/// A text whose NaN, Infinity and -Infinity gave way to numbers of the same length, so that every
/// other thing lies where it lay.
struct FiniteText {
  std::string text;  ///< empty when there was none
  std::vector<NotFiniteNumber> numbers;
};

/// Takes any bytes. What is no JSON for another reason stays so.
[[nodiscard]] FiniteText with_finite_numbers(std::string_view text);

}  // namespace sotto
