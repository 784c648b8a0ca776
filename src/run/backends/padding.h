#pragma once

#include <cstddef>
#include <cstdint>

#include "run/backends/backend.h"

namespace sotto {

/// Copies a port's tensor to or from memory in which the variable axis has `padded` elements; what
/// the tensor lacks is zeros or, among integers, −1, which names nothing.
void copy_padded(const Signature::Port& port, const Tensor& tensor, std::int64_t padded,
                 std::byte* memory);
void copy_cut(const Signature::Port& port, const std::byte* memory, std::int64_t padded,
              Tensor& tensor);

}  // namespace sotto
