#pragma once

#include <filesystem>

#include "core/base/tensor.h"

namespace sotto {

/// Maps a NumPy `.npy` file (format versions 1 to 3; little-endian float32, float16, int32 or int64;
/// C order) without copying; the view keeps the mapping alive. Throws format or unsupported with a
/// sentence that names the file, what was expected and what was found.
[[nodiscard]] TensorView read_npy(const std::filesystem::path& path);

}  // namespace sotto
