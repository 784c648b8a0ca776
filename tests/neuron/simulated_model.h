#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/neuron/neuron_api.h"

namespace sotto::test {

/// The simulator, loaded.
[[nodiscard]] const neuron::Api& simulator();

/// A model of one operation, x [1, 4] + y [1, 4] → [1, 4], on its way: made as far as a test wants,
/// and freed when it goes. Operands: 0 x, 1 y, 2 the activation, 3 the sum.
class SimulatedModel {
 public:
  SimulatedModel();
  ~SimulatedModel();
  SimulatedModel(const SimulatedModel&) = delete;
  SimulatedModel& operator=(const SimulatedModel&) = delete;

  /// Adds an operand and gives what the library answers.
  neuron::Result add(std::int32_t type, const std::vector<std::uint32_t>& extents);

  SimulatedModel& with_operands();
  SimulatedModel& with_operation();
  SimulatedModel& identified();
  SimulatedModel& finished();   ///< relaxed to float16
  SimulatedModel& compiling();  ///< a compilation, which is not finished
  SimulatedModel& compiled();
  SimulatedModel& executing();  ///< an execution with nothing bound

  /// What is made of it so far; it is compiled() for that.
  [[nodiscard]] std::vector<std::byte> network();

  neuron::ModelHandle* model = nullptr;
  neuron::CompilationHandle* compilation = nullptr;
  neuron::ExecutionHandle* execution = nullptr;

 private:
  void expect(neuron::Result result) const;
};

}  // namespace sotto::test
