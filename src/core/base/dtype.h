#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sotto {

/// Element types that checkpoints and graphs hold.
enum class DType : std::uint8_t { float32, float16, bfloat16, int32, int64 };

/// Bytes of one element.
[[nodiscard]] std::size_t size_of(DType dtype);

/// "float32", "float16", …: the names that NumPy and PyTorch use.
[[nodiscard]] std::string_view to_string(DType dtype);

/// The element type of that name.
[[nodiscard]] std::optional<DType> find_dtype(std::string_view name);

}  // namespace sotto
