#include "simulators/neuron_adapter/device.h"

namespace sotto::simulator {

std::shared_ptr<Device> Device::get() {
  static std::mutex mutex;
  static std::weak_ptr<Device> known;
  const std::lock_guard lock(mutex);
  std::shared_ptr<Device> device = known.lock();
  if (!device) {
    device = std::make_shared<Device>();
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
