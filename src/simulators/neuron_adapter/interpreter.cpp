#include "simulators/neuron_adapter/interpreter.h"

#include <algorithm>

#include "simulators/neuron_adapter/conversions.h"
#include "simulators/neuron_adapter/fusion.h"

namespace sotto::simulator {
namespace {

// Elements of an input that one thread rounds before it takes more.
constexpr std::size_t kElementsATask = std::size_t{1} << 17U;

}  // namespace

Interpreter::Interpreter(const Network& network)
    : network_(network),
      operations_(fuse_attention(network)),
      plan_(network, operations_),
      memory_(allocate_aligned(plan_.elements() * sizeof(Half))),
      callers_(network.tensors.size()) {}

TensorView Interpreter::view(std::uint32_t tensor) const {
  const Extents* extents = &network_.tensors[tensor].extents;
  const MemoryPlan::Location& location = plan_[tensor];
  switch (location.place) {
    case MemoryPlan::Place::constant:
      // Constants are read alone.
      return {extents, const_cast<Half*>(network_.constants.data() + location.first), nullptr};
    case MemoryPlan::Place::caller:
      return {extents, nullptr, callers_[location.root] + location.first};
    default:
      return {extents, reinterpret_cast<Half*>(memory_.get()) + location.first, nullptr};
  }
}

bool Interpreter::reads_in_place(std::size_t input) const {
  return plan_[network_.inputs[input]].place == MemoryPlan::Place::caller;
}

void Interpreter::read_input(std::size_t index, const FloatRows& rows) {
  const std::uint32_t tensor = network_.inputs[index];
  if (reads_in_place(index)) {
    callers_[tensor] = rows.first;
    return;
  }
  const TensorView input = view(tensor);
  const std::size_t count = count_elements(*input.extents) / rows.row;
  const std::size_t rows_a_task = std::max<std::size_t>(1, kElementsATask / rows.row);
  workers_.run((count + rows_a_task - 1) / rows_a_task, 0, [&](std::size_t task, float*) {
    const std::size_t last = std::min(count, (task + 1) * rows_a_task);
    for (std::size_t row = task * rows_a_task; row < last; ++row) {
      narrow(rows.first + row * rows.stride, rows.row, input.data + row * rows.row);
    }
  });
}

void Interpreter::write_output(std::size_t index, const FloatRows& rows) const {
  const TensorView output = view(network_.outputs[index]);
  const std::size_t count = count_elements(*output.extents) / rows.row;
  for (std::size_t row = 0; row < count; ++row) {
    widen(output.data + row * rows.row, rows.row, rows.first + row * rows.stride);
  }
}

void Interpreter::run() {
  std::vector<TensorView> inputs;
  for (const NetworkOperation& operation : operations_) {
    const TensorView output = view(operation.output);
    if (output.data == nullptr) continue;  // a piece of what the caller has
    inputs.clear();
    for (const std::uint32_t input : operation.inputs) inputs.push_back(view(input));
    compute(operation, inputs, output, workers_);
  }
}

}  // namespace sotto::simulator
