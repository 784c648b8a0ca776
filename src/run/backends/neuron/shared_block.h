#pragma once

#include <cstddef>
#include <memory>

#include "core/neuron/neuron_api.h"

namespace sotto::neuron {

/// Memory behind a descriptor, mapped here and known to the device.
class SharedBlock {
 public:
  /// From the system's heap of memory for devices or, where there is none, anonymous memory, which
  /// some libraries take too. Null where this one takes neither. `keep` has what `api` is a part
  /// of.
  [[nodiscard]] static std::shared_ptr<SharedBlock> make(const Api& api, std::size_t bytes,
                                                         const std::shared_ptr<const void>& keep);
  ~SharedBlock();
  SharedBlock(const SharedBlock&) = delete;
  SharedBlock& operator=(const SharedBlock&) = delete;

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] const MemoryHandle* memory() const { return memory_; }

 private:
  SharedBlock(const Api& api, std::size_t bytes, std::shared_ptr<const void> keep)
      : api_(api), bytes_(bytes), keep_(std::move(keep)) {}
  [[nodiscard]] bool open(int descriptor);

  const Api& api_;
  std::size_t bytes_;
  std::shared_ptr<const void> keep_;
  int descriptor_ = -1;
  std::byte* data_ = nullptr;
  MemoryHandle* memory_ = nullptr;
};

}  // namespace sotto::neuron
