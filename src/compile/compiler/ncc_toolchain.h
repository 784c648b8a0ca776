#pragma once

#include <memory>

#include "compile/compiler/toolchain.h"

namespace sotto {

/// MediaTek's own compiler, ncc-tflite: TFLite files, whoever made them, to .dla.
[[nodiscard]] std::unique_ptr<Toolchain> make_ncc_toolchain(const ToolchainOptions& options,
                                                            const Target& target);

}  // namespace sotto
