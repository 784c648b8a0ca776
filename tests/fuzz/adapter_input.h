#pragma once

#include <string_view>

namespace sotto::test {

/// What stands between the configuration and the weights in an input.
inline constexpr std::string_view kNextAdapterFile = "\n-----\n";

}  // namespace sotto::test
