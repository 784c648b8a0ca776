#include "run/backends/neuron/neuron_executable.h"

#include <algorithm>

#include "core/base/error.h"
#include "run/backends/neuron/padded_copy.h"
#include "run/backends/neuron/padded_port.h"
#include "run/backends/signature_check.h"

namespace sotto::neuron {

NeuronExecutable::NeuronExecutable(std::shared_ptr<Device> device, const ModelPart& part,
                                   const PartFile& file)
    : device_(std::move(device)),
      signature_(part.signature),
      graph_(device_->load(open_compiled(file.path),
                           {signature_.inputs.size(), signature_.outputs.size()})),
      inputs_(match(signature_.inputs, graph_->file().inputs, Direction::input)),
      outputs_(match(signature_.outputs, graph_->file().outputs, Direction::output)),
      bound_(inputs_.size()),
      staged_(inputs_.size()) {}

// By name where the file has names, else in the graph's order.
std::vector<NeuronExecutable::Port> NeuronExecutable::match(
    const std::vector<Signature::Port>& ports, const std::vector<std::string>& names,
    Direction direction) const {
  if (!names.empty() && names.size() != ports.size()) {
    fail(ErrorKind::mismatch, graph_->path(), ": expected ", ports.size(),
         direction == Direction::output ? " outputs" : " inputs", ", found ", names.size());
  }
  std::vector<Port> matched;
  for (const Signature::Port& described : ports) {
    Port port;
    port.place = matched.size();
    if (!names.empty()) {
      const auto found = std::find(names.begin(), names.end(), described.name);
      if (found == names.end()) {
        fail(ErrorKind::mismatch, graph_->path(), ": expected a port named ", described.name,
             ", found none");
      }
      port.place = static_cast<std::size_t>(found - names.begin());
    }
    measure(port, described, direction);
    matched.push_back(std::move(port));
  }
  return matched;
}

void NeuronExecutable::measure(Port& port, const Signature::Port& described,
                               Direction direction) const {
  const PortBuffer buffer = graph_->port_buffer(direction, port.place, bytes_of(described.shape));
  port.padded = padded_shape(described.shape, buffer, described.name, graph_->path());
  port.is_padded = port.padded != described.shape;
}

Tensor& NeuronExecutable::staging(Port& port) const {
  if (port.staging.shape() != port.padded) {
    port.staging = device_->allocate(DType::float32, port.padded);
    std::fill(port.staging.floats().begin(), port.staging.floats().end(), 0.0F);
  }
  return port.staging;
}

void NeuronExecutable::bind(std::size_t index, const Tensor& tensor) {
  Port& port = inputs_[index];
  if (port.current == tensor.data()) return;
  graph_->bind_input(port.place, tensor.data(), tensor.bytes());
  port.current = tensor.data();
}

void NeuronExecutable::bind_input(std::size_t index, Tensor& tensor) {
  if (index >= inputs_.size()) {
    fail(ErrorKind::mismatch, graph_->path(), " has ", inputs_.size(), " inputs, input ", index,
         " was to be bound");
  }
  check_binding(signature_.inputs[index], tensor);
  bound_[index] = true;
  staged_[index] = inputs_[index].is_padded ? &tensor : nullptr;
  if (!inputs_[index].is_padded) bind(index, tensor);
}

void NeuronExecutable::use_input(std::size_t index, const Tensor& tensor) {
  Port& port = inputs_[index];
  const bool is_whole = tensor.shape() == signature_.inputs[index].shape;
  if (is_whole && !port.is_padded) {
    bind(index, tensor);
    return;
  }
  Tensor& memory = staging(port);
  // A longer run before may have left more than this one writes.
  if (!is_whole) std::fill(memory.floats().begin(), memory.floats().end(), 0.0F);
  copy_rows(tensor.floats().data(), tensor.shape(), memory.floats().data(), port.padded,
            tensor.shape());
  bind(index, memory);
}

void NeuronExecutable::run(std::span<const Tensor* const> inputs,
                           std::span<Tensor* const> outputs) {
  (void)check_extent(signature_, inputs, outputs, bound_);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!bound_[i]) use_input(i, *inputs[i]);
    if (bound_[i] && staged_[i] != nullptr) use_input(i, *staged_[i]);
  }
  const auto is_direct = [&](std::size_t i) {
    return !outputs_[i].is_padded && outputs[i]->shape() == signature_.outputs[i].shape;
  };
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Port& port = outputs_[i];
    Tensor& memory = is_direct(i) ? *outputs[i] : staging(port);
    if (port.current != memory.data()) {
      graph_->bind_output(port.place, memory.data(), memory.bytes());
      port.current = memory.data();
    }
  }
  graph_->compute();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (is_direct(i)) continue;
    copy_rows(outputs_[i].staging.floats().data(), outputs_[i].padded, outputs[i]->floats().data(),
              outputs[i]->shape(), outputs[i]->shape());
  }
}

}  // namespace sotto::neuron
