#include "simulators/neuron_adapter/interpreter.h"

#include <algorithm>

#include "simulators/neuron_adapter/conversions.h"

namespace sotto::simulator {
namespace {

// Elements of an input or output that one thread converts before it takes more.
constexpr std::size_t kElementsATask = std::size_t{1} << 17U;

/// Calls `work` with the first row and the number of rows, for all of them.
template <class Work>
void for_rows(std::size_t rows, std::size_t width, Workers& workers, const Work& work) {
  const std::size_t rows_a_task = std::max<std::size_t>(1, kElementsATask / width);
  workers.run((rows + rows_a_task - 1) / rows_a_task, 0, [&](std::size_t task, float*) {
    const std::size_t first = task * rows_a_task, last = std::min(rows, first + rows_a_task);
    for (std::size_t row = first; row < last; ++row) work(row);
  });
}

}  // namespace

/// One run, which has the device for itself.
class Interpreter::Run {
 public:
  Run(const Interpreter& interpreter, const Ports& ports)
      : interpreter_(interpreter),
        network_(interpreter.network_),
        ports_(ports),
        turn_(*interpreter.device_),
        callers_(network_.tensors.size()) {}

  void read_inputs() {
    for (std::size_t i = 0; i < ports_.inputs.size(); ++i) {
      const FloatRows& rows = ports_.inputs[i];
      if (interpreter_.reads_in_place(i)) {
        callers_[network_.inputs[i]] = rows.first;
        continue;
      }
      const TensorView input = view(network_.inputs[i]);
      for_rows(count_elements(*input.extents) / rows.row, rows.row, turn_.workers(),
               [&](std::size_t row) {
                 narrow(rows.first + row * rows.stride, rows.row, input.data + row * rows.row);
               });
      ports_.was_read(i);
    }
  }

  void compute() {
    const Program& program = interpreter_.program_;
    auto delivery = program.deliveries.begin();
    std::vector<TensorView> inputs;
    for (std::size_t i = 0; i < program.operations.size(); ++i) {
      const NetworkOperation& operation = program.operations[i];
      const TensorView output = view(operation.output);
      if (output.data != nullptr) {  // else a piece of what the caller has
        inputs.clear();
        for (const std::uint32_t input : operation.inputs) inputs.push_back(view(input));
        simulator::compute(operation, inputs, output, turn_.workers());
      }
      for (; delivery != program.deliveries.end() && delivery->operation == i; ++delivery) {
        write(view(delivery->tensor), ports_.outputs[delivery->output], delivery->first);
      }
    }
  }

  void write_outputs() {
    for (std::size_t i = 0; i < ports_.outputs.size(); ++i) {
      if (interpreter_.program_.is_delivered[i]) continue;
      write(view(network_.outputs[i]), ports_.outputs[i], 0);
    }
  }

 private:
  /// Writes a tensor where it begins in an output, at element `first`.
  void write(const TensorView& tensor, const FloatRows& rows, std::size_t first) {
    float* const out = rows.first + first / rows.row * rows.stride;
    for_rows(count_elements(*tensor.extents) / rows.row, rows.row, turn_.workers(),
             [&](std::size_t row) {
               widen(tensor.data + row * rows.row, rows.row, out + row * rows.stride);
             });
  }

  [[nodiscard]] TensorView view(std::uint32_t tensor) const {
    const Extents* extents = &network_.tensors[tensor].extents;
    const MemoryPlan::Location& location = interpreter_.plan_[tensor];
    switch (location.place) {
      case MemoryPlan::Place::constant:
        // Constants are read alone.
        return {extents, const_cast<Half*>(network_.constants.data() + location.first), nullptr};
      case MemoryPlan::Place::caller:
        return {extents, nullptr, callers_[location.root] + location.first};
      default:
        return {extents, turn_.memory() + location.first, nullptr};
    }
  }

  const Interpreter& interpreter_;
  const Network& network_;
  const Ports& ports_;
  Device::Turn turn_;
  std::vector<const float*> callers_;  ///< of each tensor that is an input read in place
};

Interpreter::Interpreter(const Network& network)
    : network_(network),
      program_(make_program(network)),
      plan_(network, program_.operations),
      device_(Device::get()) {
  device_->reserve(plan_.elements());
}

bool Interpreter::reads_in_place(std::size_t input) const {
  return plan_[network_.inputs[input]].place == MemoryPlan::Place::caller;
}

void Interpreter::run(const Ports& ports) {
  Run run(*this, ports);
  run.read_inputs();
  run.compute();
  run.write_outputs();
}

}  // namespace sotto::simulator
