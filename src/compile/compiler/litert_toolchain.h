#pragma once

#include <memory>

#include "compile/compiler/toolchain.h"

namespace sotto {

/// LiteRT's ahead-of-time compiler with MediaTek's plugin: Sotto's own TFLite files to .tflite.
[[nodiscard]] std::unique_ptr<Toolchain> make_litert_toolchain(const ToolchainOptions& options,
                                                               const Target& target);

}  // namespace sotto
