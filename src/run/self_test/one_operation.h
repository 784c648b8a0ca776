#pragma once

#include <vector>

#include "core/neuron/neuron_api.h"
#include "run/self_test/case_values.h"

namespace sotto {

/// What a device made of one operation.
struct OperationRun {
  std::vector<float> output;
  double compile_seconds = 0, run_seconds = 0;
};

/// Builds the operation as a model of its own with NeuronAdapter, float32 relaxed to float16, and
/// compiles and runs it on the device, over the host's memory. Throws neuron::RefusedCall where a
/// call is refused (that of NeuronCompilation_getSupportedOperations with ok, where the device only
/// says that it does not take the operation), and what add_operator() throws.
[[nodiscard]] OperationRun run_operation(const neuron::Api& api, const OperationCase& one,
                                         const CaseValues& values);

}  // namespace sotto
