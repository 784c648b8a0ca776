#pragma once

#include <cstddef>
#include <memory>
#include <mutex>

#include "core/base/aligned_memory.h"
#include "simulators/neuron_adapter/half.h"
#include "simulators/neuron_adapter/workers.h"

namespace sotto::simulator {

/// What all networks of a process run on, one at a time: threads, and memory for what is between
/// their operations, which none needs when it does not run.
class Device {
 public:
  /// The process's, which is there as long as somebody has it. Its threads are as many as the cores
  /// that the process may use, and no more than $SOTTO_SIM_THREADS.
  [[nodiscard]] static std::shared_ptr<Device> get();

  /// Makes the memory large enough for a network. Throws std::bad_alloc.
  void reserve(std::size_t halves);

  /// The device for one run.
  class Turn {
   public:
    explicit Turn(Device& device) : lock_(device.mutex_), device_(device) {}
    [[nodiscard]] Workers& workers() const { return device_.workers_; }
    [[nodiscard]] Half* memory() const { return reinterpret_cast<Half*>(device_.memory_.get()); }

   private:
    std::lock_guard<std::mutex> lock_;
    Device& device_;
  };

 private:
  explicit Device(std::size_t threads) : workers_(threads) {}

  std::mutex mutex_;
  Workers workers_;
  AlignedMemory memory_;
  std::size_t halves_ = 0;
};

}  // namespace sotto::simulator
