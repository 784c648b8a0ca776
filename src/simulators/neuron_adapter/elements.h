#pragma once

#include <cstddef>

#include "simulators/neuron_adapter/network.h"

namespace sotto::simulator {

/// Halves that lie one behind the other, or one that stands for all.
struct Halves {
  const Half* first = nullptr;
  bool is_one = false;
};

/// out[i] = a[i] ∘ b[i], in float32, for an operation of two operands that goes element by element.
void combine(Kind kind, Halves a, Halves b, std::size_t count, Half* out);
/// out[i] = f(a[i]), for one of one operand.
void map(Kind kind, const Half* a, std::size_t count, Half* out);

}  // namespace sotto::simulator
