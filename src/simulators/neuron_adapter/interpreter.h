#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "simulators/neuron_adapter/device.h"
#include "simulators/neuron_adapter/memory_plan.h"
#include "simulators/neuron_adapter/operations.h"
#include "simulators/neuron_adapter/program.h"

namespace sotto::simulator {

/// A buffer of a caller's: rows of `row` floats, `stride` floats apart.
struct FloatRows {
  float* first = nullptr;
  std::size_t row = 0, stride = 0;
};

/// Runs a network: memory for what is between its operations is planned once. Several threads may
/// run several.
class Interpreter {
 public:
  /// `network` must outlive it.
  explicit Interpreter(const Network& network);

  struct Ports {
    std::vector<FloatRows> inputs, outputs;
    /// Is called with the number of an input that is not read any more.
    std::function<void(std::size_t)> was_read;
  };
  void run(const Ports& ports);

 private:
  class Run;
  [[nodiscard]] bool reads_in_place(std::size_t input) const;

  const Network& network_;
  Program program_;
  MemoryPlan plan_;
  std::shared_ptr<Device> device_;
};

}  // namespace sotto::simulator
