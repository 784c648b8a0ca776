#pragma once

#include <cstddef>

#include "simulators/neuron_adapter/half.h"

namespace sotto::simulator {

// As to_float() and to_half(), by the processor's own instructions where it has some.

void widen(const Half* halves, std::size_t count, float* floats);
void narrow(const float* floats, std::size_t count, Half* halves);
/// Floats that are halves' values: `floats` rounded to the nearest. In place where both are one.
void round_to_halves(const float* floats, std::size_t count, float* rounded);

}  // namespace sotto::simulator
