#pragma once

#include <string>
#include <string_view>

namespace sotto {

/// Text from a file made fit for one line of an error message: bytes outside printable ASCII are
/// written as \xNN, and what exceeds 96 characters is cut and marked with "…".
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace sotto
