#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "core/neuron/runtime_api.h"

namespace sotto::test {

/// The simulator's NeuronRuntime, loaded.
[[nodiscard]] const neuron::RuntimeApi& simulated_runtime();

/// The library's functions that Sotto itself does not call.
struct OtherFunctions {
  neuron::runtime::Result (*create)(const neuron::runtime::Environment*, void**);
  neuron::runtime::Result (*load_from_file)(void*, const char*);
  neuron::runtime::Result (*input_padded_size)(void*, std::uint64_t, std::size_t*);
  neuron::runtime::Result (*output_padded_dimensions)(void*, std::uint64_t, std::uint32_t*);
};
[[nodiscard]] const OtherFunctions& other_functions();

/// A runtime for x [1, 4] + y [1, 4] → [1, 4], made as far as a test wants, and released when it
/// goes.
class SimulatedRuntime {
 public:
  SimulatedRuntime() = default;
  ~SimulatedRuntime();
  SimulatedRuntime(const SimulatedRuntime&) = delete;
  SimulatedRuntime& operator=(const SimulatedRuntime&) = delete;

  SimulatedRuntime& created();
  SimulatedRuntime& loaded();
  SimulatedRuntime& bound();  ///< x and y to `values`, the output to `sum`

  [[nodiscard]] neuron::runtime::Result load(const std::vector<std::byte>& bytes) const;
  [[nodiscard]] neuron::runtime::Result set_input(std::uint64_t index, const void* data,
                                                  std::size_t bytes, int descriptor = -1) const;

  void* runtime = nullptr;
  std::array<float, 4> values{1, 2, 3, 4}, sum{};
};

/// The DLA of that addition.
[[nodiscard]] const std::vector<std::byte>& simulated_dla();

/// Options that the library takes.
[[nodiscard]] neuron::runtime::QualityOfService some_quality();

}  // namespace sotto::test
