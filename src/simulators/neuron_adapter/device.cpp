#include "simulators/neuron_adapter/device.h"

#include <algorithm>
#include <thread>

#include "simulators/neuron_adapter/switches.h"

namespace sotto::simulator {

std::shared_ptr<Device> Device::get() {
  static std::mutex mutex;
  static std::weak_ptr<Device> known;
  const std::lock_guard lock(mutex);
  std::shared_ptr<Device> device = known.lock();
  if (!device) {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    device = std::shared_ptr<Device>(new Device(std::min(cores, switches().threads)));
    known = device;
  }
  return device;
}

void Device::reserve(std::size_t halves) {
  const std::lock_guard lock(mutex_);
  if (halves <= halves_) return;
  memory_.reset();
  halves_ = 0;
  memory_ = allocate_aligned(halves * sizeof(Half));
  halves_ = halves;
}

}  // namespace sotto::simulator
