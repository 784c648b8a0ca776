#pragma once

#include <filesystem>
#include <span>

#include "core/base/shape.h"

namespace sotto {

/// Writes a NumPy `.npy` file (version 1.0, little-endian float32, C order); it appears whole or
/// not at all. The number of values must be the shape's. Throws io.
void write_npy(const std::filesystem::path& path, const Shape& shape,
               std::span<const float> values);

}  // namespace sotto
