#pragma once

#include <memory>

#include "core/neuron/neuron_library.h"
#include "run/backends/neuron/device.h"

namespace sotto::neuron {

/// The device behind a library with NeuronAdapter, which loads whatever was compiled. See
/// open_device().
[[nodiscard]] std::shared_ptr<Device> open_adapter_device(const NeuronLibrary& library,
                                                          const NpuOptions& options);

}  // namespace sotto::neuron
