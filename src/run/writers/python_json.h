#pragma once

#include <string>
#include <string_view>

#include "run/decoding/transcript.h"

namespace sotto {

/// The transcript as Python's json.dump() writes the reference's result: ASCII, ", " and ": "
/// between things, no line break at the end.
[[nodiscard]] std::string python_json(const Transcript& transcript);

/// A number as Python's repr() and json write it: the fewest digits that read back as the same
/// double, with an exponent below 1e-4 and from 1e16 on. "1.0", "1e-05", "NaN", "-Infinity".
[[nodiscard]] std::string python_number(double number);

/// A string literal of ASCII alone. Each maximal ill-formed part of `text` becomes \ufffd.
[[nodiscard]] std::string python_string(std::string_view text);

}  // namespace sotto
