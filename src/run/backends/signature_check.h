#pragma once

#include <cstdint>
#include <span>

#include "run/backends/backend.h"

namespace sotto {

/// The extent of the variable axis in these tensors, the same in all of them; 0 where the signature
/// has no variable axis. Throws mismatch, naming the port, when a tensor does not fit the
/// signature.
[[nodiscard]] std::int64_t check_extent(const Signature& signature,
                                        std::span<const Tensor* const> inputs,
                                        std::span<Tensor* const> outputs);

}  // namespace sotto
