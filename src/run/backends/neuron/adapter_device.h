#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "core/neuron/neuron_api.h"
#include "core/neuron/neuron_library.h"
#include "run/backends/neuron/device.h"

namespace sotto::neuron {

/// The device behind a library with NeuronAdapter, which loads whatever was compiled. See
/// open_device().
[[nodiscard]] std::shared_ptr<Device> open_adapter_device(const NeuronLibrary& library,
                                                          const NpuOptions& options);

/// The forms of compiled files that it loads, the best first.
[[nodiscard]] std::span<const std::string_view> adapter_forms();

/// Makes memory known to a library with NeuronAdapter, which `keep` holds; false where it takes no
/// such memory.
[[nodiscard]] bool import_memory(const Api& api, std::shared_ptr<const void> keep,
                                 SharedBlock& block);

}  // namespace sotto::neuron
