#pragma once

namespace sotto::neuron {

/// A function that no library of the vendor's has: the simulator says by it that it is no device.
inline constexpr const char* kSimulationSymbol = "SottoSimulator_isSimulation";

/// What the simulator calls itself at the beginning of every line that it writes to standard error.
inline constexpr const char* kSimulatorName = "Sotto's NPU simulator";

/// What stands behind the version of whatever the simulator compiled, or ran.
inline constexpr const char* kSimulatedMark = " (simulated)";

}  // namespace sotto::neuron
