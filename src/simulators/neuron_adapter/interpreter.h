#pragma once

#include <span>
#include <vector>

#include "core/base/aligned_memory.h"
#include "simulators/neuron_adapter/memory_plan.h"
#include "simulators/neuron_adapter/operations.h"
#include "simulators/neuron_adapter/workers.h"

namespace sotto::simulator {

/// A buffer of a caller's: rows of `row` floats, `stride` floats apart.
struct FloatRows {
  float* first = nullptr;
  std::size_t row = 0, stride = 0;
};

/// Runs a network: memory for what is between its operations is planned once. For one thread at a
/// time.
class Interpreter {
 public:
  /// `network` must outlive it.
  explicit Interpreter(const Network& network);

  /// Whether run() reads an input where it lies, so that it must stay there until then.
  [[nodiscard]] bool reads_in_place(std::size_t input) const;

  /// Gives an input its values; needed before every run().
  void read_input(std::size_t index, const FloatRows& rows);
  void run();
  void write_output(std::size_t index, const FloatRows& rows) const;

 private:
  [[nodiscard]] TensorView view(std::uint32_t tensor) const;

  const Network& network_;
  std::vector<NetworkOperation> operations_;
  MemoryPlan plan_;
  AlignedMemory memory_;
  std::vector<const float*> callers_;  ///< of each tensor that is an input read in place
  Workers workers_;
};

}  // namespace sotto::simulator
