#include "simulators/neuron_adapter/objects.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

#include "simulators/neuron_adapter/compiler.h"
#include "simulators/neuron_adapter/counts.h"
#include "simulators/neuron_adapter/dla.h"
#include "simulators/neuron_adapter/refusal.h"
#include "simulators/neuron_adapter/switches.h"

namespace sotto::simulator {
namespace {

using namespace neuron;

constexpr std::uint32_t kPadding = 16;

/// The DLA in the operand that holds one, where the model restores one.
std::optional<std::span<const std::byte>> restored_value(const Model& model) {
  for (const Operation& operation : model.operations()) {
    if (operation.type != kRestoreOperation) continue;
    const Operand& last = model.operands()[operation.inputs.back()];
    if (last.type != kNetworkOperand || !last.value) {
      refuse(kBadData, "expected a compiled network behind the inputs, found none");
    }
    if (!is_dla(*last.value)) refuse(kBadData, "these bytes are no DLA of this simulator's");
    return last.value->subspan(DlaHeader::kBytes);
  }
  return std::nullopt;
}

/// What a buffer has, of four axes always, as the vendor's library says it.
Extents padded(const Extents& extents) {
  constexpr std::size_t kAxes = 4;
  Extents result(kAxes - std::min(kAxes, extents.size()), 1);
  result.insert(result.end(), extents.begin(), extents.end());
  if (switches().padded && !extents.empty()) {
    result.back() = (result.back() + kPadding - 1) / kPadding * kPadding;
  }
  return result;
}

}  // namespace

Compilation::Compilation(std::shared_ptr<const Model> model) : model_(std::move(model)) {
  if (!model_->is_finished()) refuse(kBadState, model_->name(), " is not finished");
}

Compilation::Compilation(std::span<const std::byte> stored) {
  if (is_dla(stored)) refuse(kBadData, "a DLA is loaded by a model of one operation");
  network_ = std::make_shared<const Network>(restore(stored));
}

void Compilation::check_open(const char* what) const {
  if (network_) refuse(kBadState, what, " comes before the compilation is finished");
}

std::vector<bool> Compilation::supported() const {
  check_open("what is supported");
  return supported_operations(*model_);
}

void Compilation::finish() {
  if (network_) refuse(kBadState, "a compilation is finished twice");
  if (const auto stored = restored_value(*model_)) {
    Network network = restore(*stored);
    if (network.inputs.size() != model_->inputs().size() ||
        network.outputs.size() != model_->outputs().size()) {
      refuse(kBadData, "the network has ", network.inputs.size(), " inputs and ",
             network.outputs.size(), " outputs, the model that restores it ",
             model_->inputs().size(), " and ", model_->outputs().size());
    }
    network_ = std::make_shared<const Network>(std::move(network));
  } else {
    network_ = std::make_shared<const Network>(compile(*model_));
  }
}

void Compilation::check_storable() const {
  if (!network_) refuse(kBadState, "a network is stored when its compilation is finished");
  if (!model_ || restored_value(*model_)) {
    refuse(kBadState, "a network that was restored is not stored again");
  }
  if (executed_) refuse(kBadState, "a network is stored before its first execution is made");
}

std::size_t Compilation::network_size() {
  check_storable();
  if (stored_.empty()) stored_ = store(*network_);
  return stored_.size();
}

void Compilation::store_network(std::span<std::byte> buffer) {
  if (buffer.size() < network_size()) {
    refuse(kBadData, "expected a buffer of ", stored_.size(), " bytes, found ", buffer.size());
  }
  std::copy(stored_.begin(), stored_.end(), buffer.begin());
}

const std::shared_ptr<const Network>& Compilation::network() const {
  if (!network_) refuse(kBadState, "the compilation is not finished");
  return network_;
}

const NetworkTensor& Compilation::port(const std::vector<std::uint32_t>& ports,
                                       std::int32_t index) const {
  if (index < 0 || static_cast<std::size_t>(index) >= ports.size()) {
    refuse(kBadData, "expected a port below ", ports.size(), ", found ", index);
  }
  return network_->tensors[ports[static_cast<std::size_t>(index)]];
}

Extents Compilation::padded_input(std::int32_t index) const {
  return padded(port(network()->inputs, index).extents);
}

Extents Compilation::padded_output(std::int32_t index) const {
  return padded(port(network()->outputs, index).extents);
}

namespace {

bool is_int8(const Network& network, std::uint32_t tensor) {
  const auto& ports = network.int8_ports;
  return std::find(ports.begin(), ports.end(), tensor) != ports.end();
}

std::size_t buffer_bytes(const Network& network, std::uint32_t tensor, const Extents& padded) {
  return count_elements(padded) * (is_int8(network, tensor) ? 1 : sizeof(float));
}

}  // namespace

std::size_t Compilation::input_bytes(std::int32_t index) const {
  const Extents extents = padded_input(index);
  return buffer_bytes(*network_, network_->inputs[static_cast<std::size_t>(index)], extents);
}

std::size_t Compilation::output_bytes(std::int32_t index) const {
  const Extents extents = padded_output(index);
  return buffer_bytes(*network_, network_->outputs[static_cast<std::size_t>(index)], extents);
}

Memory::Memory(std::size_t size, int protection, int descriptor, std::size_t offset) : size_(size) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  skipped_ = offset % page;
  mapped_ = size + skipped_;
  address_ = ::mmap(nullptr, mapped_, protection, MAP_SHARED, descriptor,
                    static_cast<off_t>(offset - skipped_));
  if (address_ == MAP_FAILED) {
    refuse(kBadData, "descriptor ", descriptor, " cannot be mapped: ", std::strerror(errno));
  }
}

Memory::~Memory() { ::munmap(address_, mapped_); }

std::byte* Memory::range(std::size_t offset, std::size_t length) const {
  if (offset > size_ || length > size_ - offset) {
    refuse(kBadData, "expected a range inside ", size_, " bytes of memory, found ", length,
           " bytes from ", offset);
  }
  return static_cast<std::byte*>(address_) + skipped_ + offset;
}

// A page that a process has mapped twice counts twice, and this one is written by the host.
void Memory::leave(std::byte* first, std::size_t length) const {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto skipped = reinterpret_cast<std::uintptr_t>(first) % page;
  (void)::madvise(first - skipped, length + skipped, MADV_DONTNEED);
}

Execution::Port Execution::describe(std::uint32_t tensor, const Extents& padded) const {
  const Extents& extents = network_->tensors[tensor].extents;
  Port port;
  port.row = extents.empty() ? 1 : extents.back();
  port.padded_row = padded.empty() ? 1 : padded.back();
  port.bytes = buffer_bytes(*network_, tensor, padded);
  port.is_int8 = is_int8(*network_, tensor);
  if (port.is_int8) port.numbers.resize(port.bytes);
  return port;
}

float* Execution::Port::floats() {
  return is_int8 ? numbers.data() : reinterpret_cast<float*>(data);
}

void Execution::widen_inputs() {
  for (Port& port : inputs_) {
    if (!port.is_int8 || port.data == nullptr) continue;
    std::transform(port.data, port.data + port.bytes, port.numbers.begin(), [](std::byte byte) {
      return static_cast<float>(static_cast<std::int8_t>(byte));
    });
  }
}

void Execution::narrow_outputs() const {
  for (const Port& port : outputs_) {
    if (!port.is_int8) continue;
    std::transform(port.numbers.begin(), port.numbers.end(), port.data, [](float number) {
      return static_cast<std::byte>(static_cast<std::int8_t>(number));
    });
  }
}

Execution::Execution(std::shared_ptr<Compilation> compilation, Buffers buffers)
    : compilation_(std::move(compilation)),
      network_(compilation_->network()),
      interpreter_(*network_) {
  compilation_->begin_execution();
  const bool dense = buffers == Buffers::dense;
  for (std::size_t i = 0; i < network_->inputs.size(); ++i) {
    const std::uint32_t tensor = network_->inputs[i];
    inputs_.push_back(
        describe(tensor, dense ? network_->tensors[tensor].extents
                               : compilation_->padded_input(static_cast<std::int32_t>(i))));
  }
  for (std::size_t i = 0; i < network_->outputs.size(); ++i) {
    const std::uint32_t tensor = network_->outputs[i];
    outputs_.push_back(
        describe(tensor, dense ? network_->tensors[tensor].extents
                               : compilation_->padded_output(static_cast<std::int32_t>(i))));
  }
}

const Execution::Port& Execution::port(const std::vector<Port>& ports, std::int32_t index) {
  if (index < 0 || static_cast<std::size_t>(index) >= ports.size()) {
    refuse(kBadData, "expected a port below ", ports.size(), ", found ", index);
  }
  return ports[static_cast<std::size_t>(index)];
}

std::size_t Execution::input_bytes(std::int32_t index) const { return port(inputs_, index).bytes; }
std::size_t Execution::output_bytes(std::int32_t index) const {
  return port(outputs_, index).bytes;
}

void Execution::bind(std::vector<Port>& ports, std::int32_t index, std::byte* data,
                     std::size_t length, std::shared_ptr<const Memory> memory) {
  const std::size_t bytes = port(ports, index).bytes;
  if (length < bytes) {
    refuse(kBadData, "port ", index, ": expected ", bytes, " bytes, found ", length);
  }
  Port& bound = ports[static_cast<std::size_t>(index)];
  bound.data = data;
  bound.memory = std::move(memory);
}

void Execution::set_input(std::int32_t index, const void* buffer, std::size_t length) {
  // Inputs are read alone.
  auto* bytes = const_cast<std::byte*>(&given(static_cast<const std::byte*>(buffer), "a buffer"));
  bind(inputs_, index, bytes, length, nullptr);
}

void Execution::set_output(std::int32_t index, void* buffer, std::size_t length) {
  bind(outputs_, index, &given(static_cast<std::byte*>(buffer), "a buffer"), length, nullptr);
}

void Execution::set_input(std::int32_t index, std::shared_ptr<const Memory> memory,
                          std::size_t offset, std::size_t length) {
  std::byte* data = memory->range(offset, length);
  bind(inputs_, index, data, length, std::move(memory));
}

void Execution::set_output(std::int32_t index, std::shared_ptr<const Memory> memory,
                           std::size_t offset, std::size_t length) {
  std::byte* data = memory->range(offset, length);
  bind(outputs_, index, data, length, std::move(memory));
}

void Execution::set_boost(std::uint8_t boost) const {
  if (boost > 100) refuse(kBadData, "expected a boost from 0 to 100, found ", int{boost});
}

std::vector<FloatRows> Execution::rows_of(std::vector<Port>& ports, const char* kind) {
  std::vector<FloatRows> rows;
  for (Port& port : ports) {
    if (port.data == nullptr) refuse(kBadState, kind, " ", rows.size(), " was not set");
    rows.push_back({port.floats(), port.row, port.padded_row});
  }
  return rows;
}

void Execution::compute() {
  Interpreter::Ports ports;
  ports.outputs = rows_of(outputs_, "output");
  ports.inputs = rows_of(inputs_, "input");
  ports.was_read = [this](std::size_t input) {
    const Port& port = inputs_[input];
    if (port.memory) port.memory->leave(port.data, port.bytes);
  };
  for (const std::vector<Port>* list : {&inputs_, &outputs_}) {
    for (const Port& port : *list) {
      if (!port.memory) count_copied(port.bytes);
    }
  }
  widen_inputs();
  const auto begin = std::chrono::steady_clock::now();
  interpreter_.run(ports);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  narrow_outputs();
  count_run(network_->name, taken.count());
}

}  // namespace sotto::simulator
