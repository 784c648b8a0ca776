#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "core/neuron/neuron_abi.h"

namespace sotto::neuron {

/// Memory behind a descriptor, mapped here and known to the device.
class SharedBlock {
 public:
  /// Makes a block known to the device's library; false where it takes no such memory.
  using Import = std::function<bool(SharedBlock&)>;

  /// From the system's heap of memory for devices or, where there is none, anonymous memory, which
  /// some libraries take too. Null where `import` takes neither, and for no bytes.
  [[nodiscard]] static std::shared_ptr<SharedBlock> make(std::size_t bytes, const Import& import);
  ~SharedBlock();
  SharedBlock(const SharedBlock&) = delete;
  SharedBlock& operator=(const SharedBlock&) = delete;

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] int protection() const;

  /// As what NeuronAdapter knows it, where that is what imported it. It goes before the memory.
  std::shared_ptr<MemoryHandle> imported;

 private:
  explicit SharedBlock(std::size_t bytes) : bytes_(bytes) {}
  [[nodiscard]] bool open(int descriptor);

  std::size_t bytes_;
  int descriptor_ = -1;
  std::byte* data_ = nullptr;
};

}  // namespace sotto::neuron
