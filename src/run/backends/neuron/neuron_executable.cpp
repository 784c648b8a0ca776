#include "run/backends/neuron/neuron_executable.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "run/backends/neuron/padded_copy.h"
#include "run/backends/signature_check.h"

namespace sotto::neuron {
namespace {

constexpr std::size_t kMostAxes = 8;

/// What the device says of a port's extents, aligned with the port's from the last: some versions
/// answer with four axes always.
Shape padded_shape(const Shape& shape, const std::array<std::uint32_t, kMostAxes>& dimensions) {
  Shape padded(shape.size());
  const bool has_four = shape.size() < 4 && dimensions[3] != 0;
  const std::size_t lacking = has_four ? 4 - shape.size() : 0;
  for (std::size_t i = 0; i < shape.size(); ++i) padded[i] = dimensions[lacking + i];
  return padded;
}

std::size_t bytes_of(const Shape& shape) {
  return static_cast<std::size_t>(num_elements(shape)) * sizeof(float);
}

}  // namespace

NeuronExecutable::NeuronExecutable(std::shared_ptr<Runtime> runtime, const ModelPart& part,
                                   const PartFile& file)
    : runtime_(std::move(runtime)),
      signature_(part.signature),
      network_(std::make_shared<const LoadedNetwork>(
          runtime_, open_compiled(file.path), signature_.inputs.size(), signature_.outputs.size())),
      execution_(network_),
      inputs_(match(signature_.inputs, network_->file().inputs, false)),
      outputs_(match(signature_.outputs, network_->file().outputs, true)),
      bound_(inputs_.size()),
      staged_(inputs_.size()) {}

// By name where the file has names, else in the graph's order.
std::vector<NeuronExecutable::Port> NeuronExecutable::match(
    const std::vector<Signature::Port>& ports, const std::vector<std::string>& names,
    bool outputs) const {
  if (!names.empty() && names.size() != ports.size()) {
    fail(ErrorKind::mismatch, network_->path(), ": expected ", ports.size(),
         outputs ? " outputs" : " inputs", ", found ", names.size());
  }
  std::vector<Port> matched;
  for (const Signature::Port& described : ports) {
    Port port;
    port.place = matched.size();
    if (!names.empty()) {
      const auto found = std::find(names.begin(), names.end(), described.name);
      if (found == names.end()) {
        fail(ErrorKind::mismatch, network_->path(), ": expected a port named ", described.name,
             ", found none");
      }
      port.place = static_cast<std::size_t>(found - names.begin());
    }
    measure(port, described, outputs);
    matched.push_back(std::move(port));
  }
  return matched;
}

void NeuronExecutable::measure(Port& port, const Signature::Port& described, bool output) const {
  const Api& api = runtime_->api();
  const auto size_of_port =
      output ? api.compilation_output_padded_size : api.compilation_input_padded_size;
  const auto extents_of_port =
      output ? api.compilation_output_padded_dimensions : api.compilation_input_padded_dimensions;
  const auto place = static_cast<std::int32_t>(port.place);
  port.padded = described.shape;
  if (size_of_port == nullptr || extents_of_port == nullptr) return;
  std::size_t bytes = 0;
  api.check(
      size_of_port(network_->compilation(), place, &bytes),
      output ? "NeuronCompilation_getOutputPaddedSize" : "NeuronCompilation_getInputPaddedSize",
      network_->path());
  if (bytes == bytes_of(described.shape)) return;
  std::array<std::uint32_t, kMostAxes> dimensions{};
  api.check(extents_of_port(network_->compilation(), place, dimensions.data()),
            output ? "NeuronCompilation_getOutputPaddedDimensions"
                   : "NeuronCompilation_getInputPaddedDimensions",
            network_->path());
  port.padded = padded_shape(described.shape, dimensions);
  port.is_padded = true;
  const bool holds = std::equal(described.shape.begin(), described.shape.end(), port.padded.begin(),
                                std::less_equal<>());
  if (!holds || bytes_of(port.padded) != bytes) {
    fail(ErrorKind::mismatch, network_->path(), ": expected ", described.name, " to be float32 of ",
         to_string(described.shape), ", found ", bytes, " bytes of ", to_string(port.padded));
  }
}

Tensor& NeuronExecutable::staging(Port& port) const {
  if (port.staging.shape() != port.padded) {
    port.staging = runtime_->allocate(DType::float32, port.padded);
    std::fill(port.staging.floats().begin(), port.staging.floats().end(), 0.0F);
  }
  return port.staging;
}

void NeuronExecutable::bind(std::size_t index, const Tensor& tensor) {
  Port& port = inputs_[index];
  if (port.current == tensor.data()) return;
  execution_.bind_input(port.place, tensor.data(), tensor.bytes());
  port.current = tensor.data();
}

void NeuronExecutable::bind_input(std::size_t index, Tensor& tensor) {
  if (index >= inputs_.size()) {
    fail(ErrorKind::mismatch, network_->path(), " has ", inputs_.size(), " inputs, input ", index,
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
      execution_.bind_output(port.place, memory.data(), memory.bytes());
      port.current = memory.data();
    }
  }
  execution_.compute();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (is_direct(i)) continue;
    copy_rows(outputs_[i].staging.floats().data(), outputs_[i].padded, outputs[i]->floats().data(),
              outputs[i]->shape(), outputs[i]->shape());
  }
}

}  // namespace sotto::neuron
