#pragma once

#include <memory>

#include "core/neuron/neuron_library.h"
#include "run/backends/neuron/device.h"

namespace sotto::neuron {

/// The device behind a library with NeuronRuntime, which loads DLAs alone. See open_device().
[[nodiscard]] std::shared_ptr<Device> open_runtime_device(const NeuronLibrary& library,
                                                          const NpuOptions& options);

}  // namespace sotto::neuron
