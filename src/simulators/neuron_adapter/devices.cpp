#include <string>

#include "core/neuron/neuron_abi.h"
#include "simulators/neuron_adapter/call.h"
#include "simulators/neuron_adapter/refusal.h"
#include "simulators/neuron_adapter/switches.h"

// The functions that tell which devices there are: one, and what it is.

using namespace sotto::neuron;
using namespace sotto::simulator;

#define SOTTO_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

/// Stands for the one device.
char the_device;

const std::string& device_name() {
  static const std::string name = soc() + " of Sotto's simulator";
  return name;
}

}  // namespace

SOTTO_EXPORT Result Neuron_getDeviceCount(std::uint32_t* count) {
  return answer(__func__, [&] { given(count, "a count") = 1; });
}

SOTTO_EXPORT Result Neuron_getDevice(std::uint32_t index, void** device) {
  return answer(__func__, [&] {
    if (index != 0) refuse(kBadData, "there is one device, found ", index);
    given(device, "where the device goes") = &the_device;
  });
}

SOTTO_EXPORT Result NeuronDevice_getName(const void* device, const char** name) {
  return answer(__func__, [&] {
    if (device != &the_device) refuse(kBadData, "this is no device of the simulator's");
    given(name, "where the name goes") = device_name().c_str();
  });
}
