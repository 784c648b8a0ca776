#pragma once

#include <array>
#include <functional>
#include <gtest/gtest.h>
#include <vector>

#include "neuron/simulated_model.h"

namespace sotto::test {

/// A way of misusing the interface, on a model that is new.
struct Misuse {
  const char* name;
  neuron::Result answer;
  const char* sentence;  ///< what is said of it
  std::function<neuron::Result(SimulatedModel&)> act;
};

/// All of them, by what they are about.
[[nodiscard]] const std::vector<Misuse>& misuse_of_nulls();
[[nodiscard]] const std::vector<Misuse>& misuse_of_lives();
[[nodiscard]] const std::vector<Misuse>& misuse_of_models();
[[nodiscard]] const std::vector<Misuse>& misuse_of_compilations();
[[nodiscard]] const std::vector<Misuse>& misuse_of_compiling();
[[nodiscard]] const std::vector<Misuse>& misuse_of_executions();
[[nodiscard]] const std::vector<Misuse>& misuse_of_networks();

/// So many bytes that the device shares; to be freed.
[[nodiscard]] neuron::MemoryHandle* shared_memory(std::size_t bytes);

// What several of them do; each gives the library's answer.

inline constexpr std::array<float, 4> kValues{1, 2, 3, 4};

[[nodiscard]] inline const neuron::Api& api() { return simulator(); }

[[nodiscard]] inline neuron::Result add_operation(SimulatedModel& made, std::int32_t type,
                                                  const std::vector<std::uint32_t>& inputs,
                                                  const std::vector<std::uint32_t>& outputs) {
  return api().model_add_operation(made.model, type, static_cast<std::uint32_t>(inputs.size()),
                                   inputs.data(), static_cast<std::uint32_t>(outputs.size()),
                                   outputs.data());
}

[[nodiscard]] inline neuron::Result identify(SimulatedModel& made,
                                             const std::vector<std::uint32_t>& inputs,
                                             const std::vector<std::uint32_t>& outputs) {
  return api().model_identify(made.model, static_cast<std::uint32_t>(inputs.size()), inputs.data(),
                              static_cast<std::uint32_t>(outputs.size()), outputs.data());
}

[[nodiscard]] inline neuron::Result bind_input(SimulatedModel& made, std::int32_t index,
                                               const void* data, std::size_t bytes) {
  return api().execution_set_input(made.execution, index, nullptr, data, bytes);
}

}  // namespace sotto::test
