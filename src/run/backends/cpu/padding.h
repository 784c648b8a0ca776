#pragma once

#include <cstdint>
#include <span>

#include "core/base/tensor.h"
#include "run/backends/backend.h"

namespace sotto::cpu {

/// The extent of the variable axis in these tensors, the same in all of them; 0 where the signature
/// has no variable axis. Throws mismatch, naming the port, when a tensor does not fit the
/// signature.
[[nodiscard]] std::int64_t check_extent(const Signature& signature,
                                        std::span<const Tensor* const> inputs,
                                        std::span<Tensor* const> outputs);

/// Copies a port's tensor to or from memory in which the variable axis has `padded` elements; what
/// the tensor lacks is zeros.
void copy_padded(const Signature::Port& port, const Tensor& tensor, std::int64_t padded,
                 float* memory);
void copy_cut(const Signature::Port& port, const float* memory, std::int64_t padded,
              Tensor& tensor);

}  // namespace sotto::cpu
