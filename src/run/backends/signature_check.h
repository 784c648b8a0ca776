#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "run/backends/backend.h"

namespace sotto {

/// The extent of the variable axis in these tensors, the same in all of them; 0 where the signature
/// has no variable axis. `bound` says of each input whether it is bound, and so given as null;
/// empty where none can be. Throws mismatch, naming the port, when a tensor does not fit the
/// signature.
[[nodiscard]] std::int64_t check_extent(const Signature& signature,
                                        std::span<const Tensor* const> inputs,
                                        std::span<Tensor* const> outputs,
                                        const std::vector<bool>& bound = {});

/// The extent of the variable axis at its longest; 0 where the signature has none.
[[nodiscard]] std::int64_t longest_extent(const Signature& signature);

/// Throws mismatch, naming the port, unless `tensor` may be bound to it.
void check_binding(const Signature::Port& port, const Tensor& tensor);

}  // namespace sotto
