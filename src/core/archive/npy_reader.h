#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "core/base/tensor.h"

namespace sotto {

/// Maps a NumPy `.npy` file (format versions 1 to 3; little-endian float32, float16, int32 or
/// int64; C order) without copying; the view keeps the mapping alive. Throws format or unsupported
/// with a sentence that names the file, what was expected and what was found.
[[nodiscard]] TensorView read_npy(const std::filesystem::path& path);

/// The same for the bytes of such a file, which `owner` keeps alive; `source` names it in messages.
[[nodiscard]] TensorView parse_npy(std::span<const std::byte> bytes, const std::string& source,
                                   std::shared_ptr<const void> owner);

}  // namespace sotto
