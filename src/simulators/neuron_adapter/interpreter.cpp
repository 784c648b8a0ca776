#include "simulators/neuron_adapter/interpreter.h"

#include <algorithm>

namespace sotto::simulator {

Interpreter::Interpreter(const Network& network)
    : network_(network), places_(network.tensors.size()) {
  plan();
}

// Inputs and outputs have slots of their own. What is between lives from the operation that writes
// it to the last that reads it, and then leaves its slot to others.
void Interpreter::plan() {
  std::vector<std::size_t> last(network_.tensors.size());
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i < network_.operations.size(); ++i) {
    for (const std::uint32_t input : network_.operations[i].inputs) last[input] = i;
  }
  const std::size_t end = network_.operations.size();
  for (const std::uint32_t input : network_.inputs) last[input] = end;
  for (const std::uint32_t output : network_.outputs) last[output] = end;
  std::vector<std::size_t> free;
  const auto place = [&](std::uint32_t tensor) {
    places_[tensor] = take_slot(count_elements(network_.tensors[tensor].extents), free);
  };
  for (const std::uint32_t input : network_.inputs) place(input);
  for (std::size_t i = 0; i < end; ++i) {
    const NetworkOperation& operation = network_.operations[i];
    place(operation.output);
    for (const std::uint32_t input : operation.inputs) {
      const bool ends = last[input] == i && !network_.tensors[input].is_constant;
      if (ends && std::find(free.begin(), free.end(), places_[input]) == free.end()) {
        free.push_back(places_[input]);
      }
    }
  }
}

// The smallest that is large enough, else the largest, which grows, else a new one.
std::size_t Interpreter::take_slot(std::size_t elements, std::vector<std::size_t>& free) {
  const auto better = [&](std::size_t a, std::size_t b) {
    const std::size_t size_a = slots_[a].size(), size_b = slots_[b].size();
    const bool fits_a = size_a >= elements, fits_b = size_b >= elements;
    return fits_a != fits_b ? fits_a : (fits_a ? size_a < size_b : size_a > size_b);
  };
  const auto best = std::min_element(free.begin(), free.end(), better);
  std::size_t slot = slots_.size();
  if (best == free.end()) {
    slots_.emplace_back();
  } else {
    slot = *best;
    free.erase(best);
  }
  if (slots_[slot].size() < elements) slots_[slot].resize(elements);
  return slot;
}

TensorView Interpreter::view(std::uint32_t tensor) {
  const NetworkTensor& described = network_.tensors[tensor];
  if (described.is_constant) {
    // Constants are read alone.
    return {&described.extents, const_cast<Half*>(network_.constants.data() + described.first)};
  }
  return {&described.extents, slots_[places_[tensor]].data()};
}

std::span<Half> Interpreter::input(std::size_t index) {
  const TensorView found = view(network_.inputs[index]);
  return {found.data, count_elements(*found.extents)};
}

std::span<const Half> Interpreter::output(std::size_t index) const {
  const std::uint32_t tensor = network_.outputs[index];
  return {slots_[places_[tensor]].data(), count_elements(network_.tensors[tensor].extents)};
}

void Interpreter::run() {
  std::vector<TensorView> inputs;
  for (const NetworkOperation& operation : network_.operations) {
    inputs.clear();
    for (const std::uint32_t input : operation.inputs) inputs.push_back(view(input));
    compute(operation, inputs, view(operation.output));
  }
}

}  // namespace sotto::simulator
