#pragma once

#include <string_view>

namespace sotto {

// Which operators the compilers take, by their names in the TFLite format.

/// The NPU itself: MDLA 5.3 of NeuroPilot SDK 8.0.10, whose table stands for other generations too.
[[nodiscard]] bool mdla_takes(std::string_view name);

/// MediaTek's plugin of LiteRT 2.3.0.
[[nodiscard]] bool plugin_takes(std::string_view name);

}  // namespace sotto
