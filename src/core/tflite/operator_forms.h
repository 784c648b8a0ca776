#pragma once

#include <cstddef>
#include <string_view>

namespace sotto {

/// How many operands a built-in operator has, and whether some of them may be left out.
struct OperatorForm {
  static constexpr std::size_t kAny = static_cast<std::size_t>(-1);

  std::size_t least_inputs = 0, most_inputs = kAny;
  std::size_t least_outputs = 0, most_outputs = kAny;
  /// Inputs from this place on may be −1: not given.
  std::size_t optional_from = kAny;
};

/// By the operator's name in the format. For one of which nothing is known here (custom ones, those
/// that stand for other graphs) the form allows everything.
[[nodiscard]] OperatorForm operator_form(std::string_view name);

}  // namespace sotto
