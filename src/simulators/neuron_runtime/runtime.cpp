#include "simulators/neuron_runtime/runtime.h"

#include <limits>
#include <sys/mman.h>

#include "core/base/error.h"
#include "simulators/neuron_adapter/dla.h"
#include "simulators/neuron_adapter/refusal.h"

namespace sotto::simulator {
namespace {

using namespace neuron;
using runtime::BufferAttribute;
using runtime::kNoDescriptor;

std::int32_t port(std::uint64_t index) {
  if (index > std::numeric_limits<std::int32_t>::max()) {
    refuse(kBadData, "expected a port of the network, found ", index);
  }
  return static_cast<std::int32_t>(index);
}

/// The memory behind an attribute's descriptor; null where it has none.
std::shared_ptr<const Memory> memory_of(const BufferAttribute& attribute, std::size_t bytes) {
  if (attribute.descriptor == kNoDescriptor) return nullptr;
  return std::make_shared<const Memory>(bytes, PROT_READ | PROT_WRITE, attribute.descriptor, 0);
}

void expect_number(std::int32_t number, std::int32_t most, const char* what) {
  if (number < 0 || number > most) {
    refuse(kBadData, "expected ", what, " from 0 to ", most, ", found ", number);
  }
}

}  // namespace

Runtime::Runtime(const runtime::Environment& environment) {
  if (environment.device != runtime::kHardwareDevice) {
    refuse(kBadData, "expected device ", runtime::kHardwareDevice,
           ", which is the hardware, found ", environment.device);
  }
}

void Runtime::load(std::span<const std::byte> dla) {
  if (compilation_) refuse(kBadState, "this runtime has loaded a network already");
  if (!is_dla(dla)) refuse(kBadData, "these bytes are no DLA of this simulator's");
  auto compilation = std::make_shared<Compilation>(dla.subspan(DlaHeader::kBytes));
  execution_ = std::make_unique<Execution>(compilation, Execution::Buffers::dense);
  compilation_ = std::move(compilation);
}

void Runtime::load(const std::filesystem::path& path) {
  try {
    file_ = MappedFile::open(path);
  } catch (const Error& error) {
    refuse(kBadData, error.message());
  }
  load(file_->bytes());
}

const Network& Runtime::network() const {
  if (!compilation_) refuse(kBadState, "this runtime has loaded no network yet");
  return *compilation_->network();
}

std::size_t Runtime::input_count() const { return network().inputs.size(); }
std::size_t Runtime::output_count() const { return network().outputs.size(); }

std::size_t Runtime::input_size(std::uint64_t index) const {
  (void)network();
  return execution_->input_bytes(port(index));
}

std::size_t Runtime::output_size(std::uint64_t index) const {
  (void)network();
  return execution_->output_bytes(port(index));
}

Extents Runtime::padded_input(std::uint64_t index) const {
  (void)network();
  return compilation_->padded_input(port(index));
}

Extents Runtime::padded_output(std::uint64_t index) const {
  (void)network();
  return compilation_->padded_output(port(index));
}

std::size_t Runtime::padded_input_size(std::uint64_t index) const {
  (void)network();
  return compilation_->input_bytes(port(index));
}

std::size_t Runtime::padded_output_size(std::uint64_t index) const {
  (void)network();
  return compilation_->output_bytes(port(index));
}

void Runtime::set_input(std::uint64_t index, std::span<const std::byte> buffer,
                        const BufferAttribute& attribute) {
  (void)network();
  if (auto memory = memory_of(attribute, buffer.size())) {
    execution_->set_input(port(index), std::move(memory), 0, buffer.size());
  } else {
    execution_->set_input(port(index), buffer.data(), buffer.size());
  }
}

void Runtime::set_output(std::uint64_t index, std::span<std::byte> buffer,
                         const BufferAttribute& attribute) {
  (void)network();
  if (auto memory = memory_of(attribute, buffer.size())) {
    execution_->set_output(port(index), std::move(memory), 0, buffer.size());
  } else {
    execution_->set_output(port(index), buffer.data(), buffer.size());
  }
}

void Runtime::set_quality_of_service(const runtime::QualityOfService& quality) const {
  (void)network();
  expect_number(quality.preference, runtime::kTurbo, "a preference");
  expect_number(quality.priority, 2, "a priority");
  expect_number(quality.power_policy, runtime::kPowerSaving, "a power policy");
  execution_->set_boost(quality.boost);
}

void Runtime::infer() {
  (void)network();
  execution_->compute();
}

}  // namespace sotto::simulator
