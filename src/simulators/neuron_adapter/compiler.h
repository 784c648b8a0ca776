#pragma once

#include <string>
#include <vector>

#include "simulators/neuron_adapter/model.h"
#include "simulators/neuron_adapter/network.h"

namespace sotto::simulator {

/// Whether the SoC that is simulated runs each operation of a finished model.
[[nodiscard]] std::vector<bool> supported_operations(const Model& model);

/// Compiles a finished model for the SoC. Throws Refusal, unmappable, with the first operation that
/// it does not run, and why.
[[nodiscard]] Network compile(const Model& model);

}  // namespace sotto::simulator
