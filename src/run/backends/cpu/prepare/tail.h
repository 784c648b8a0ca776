#pragma once

#include <vector>

#include "run/backends/cpu/prepare/fusing.h"
#include "run/backends/cpu/prepare/preparation.h"

namespace sotto::cpu {

/// The elementwise end of a chain as attributes of the primitive at its head.
struct Tail {
  dnnl::primitive_attr attributes;
  std::vector<PrimitiveStep::Argument> arguments;  ///< what its additions read
};

/// `rows` is the shape [M, N] under which the primitive writes the chain's output.
[[nodiscard]] Tail prepare_tail(const Chain& chain, const Shape& rows, Preparation& preparation);

}  // namespace sotto::cpu
