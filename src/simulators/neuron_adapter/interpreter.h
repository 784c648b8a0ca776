#pragma once

#include <span>
#include <vector>

#include "simulators/neuron_adapter/operations.h"

namespace sotto::simulator {

/// Runs a network: memory for what is between its operations is planned once.
class Interpreter {
 public:
  /// `network` must outlive it.
  explicit Interpreter(const Network& network);

  /// Where an input or output of the network lies in half precision: to be written before run(),
  /// and read after it.
  [[nodiscard]] std::span<Half> input(std::size_t index);
  [[nodiscard]] std::span<const Half> output(std::size_t index) const;

  void run();

 private:
  void plan();
  [[nodiscard]] std::size_t take_slot(std::size_t elements, std::vector<std::size_t>& free);
  [[nodiscard]] TensorView view(std::uint32_t tensor);

  const Network& network_;
  std::vector<std::vector<Half>> slots_;  ///< memory that tensors share whose lives do not meet
  std::vector<std::size_t> places_;       ///< of each tensor that is no constant, its slot
};

}  // namespace sotto::simulator
