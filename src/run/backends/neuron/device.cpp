#include "run/backends/neuron/device.h"

#include "core/neuron/neuron_library.h"
#include "run/backends/neuron/adapter_device.h"
#include "run/backends/neuron/runtime_device.h"
#include "run/backends/neuron/shared_block.h"

namespace sotto::neuron {

const SharedBlock* LoadedGraph::shared_at(const std::byte* address) {
  auto block = device_->block_at(address);
  if (!block) return nullptr;
  return (blocks_[address] = std::move(block)).get();
}

Tensor Device::allocate(DType dtype, const Shape& shape) {
  const auto bytes = static_cast<std::size_t>(num_elements(shape)) * size_of(dtype);
  const auto block = SharedBlock::make(bytes, [this](SharedBlock& made) { return import(made); });
  if (!block) return {dtype, shape};
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(blocks_, [](const auto& entry) { return entry.second.expired(); });
    blocks_[block->data()] = block;
  }
  return {dtype, shape, std::shared_ptr<std::byte>(block, block->data())};
}

std::shared_ptr<SharedBlock> Device::block_at(const std::byte* address) {
  const std::lock_guard lock(mutex_);
  const auto found = blocks_.find(address);
  return found == blocks_.end() ? nullptr : found->second.lock();
}

std::shared_ptr<Device> open_device(const std::filesystem::path& library,
                                    const NpuOptions& options) {
  const NeuronLibrary found = find_library(library);
  return found.interface == Interface::adapter ? open_adapter_device(found, options)
                                               : open_runtime_device(found, options);
}

}  // namespace sotto::neuron
