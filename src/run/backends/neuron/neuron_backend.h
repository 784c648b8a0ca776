#pragma once

#include <memory>

#include "run/backends/backend.h"

namespace sotto {

/// Runs compiled graphs on MediaTek's NPUs, through a library that is loaded when it is asked for:
/// through NeuronAdapter what ncc-tflite compiled, networks that NeuronAdapter stored, and TFLite
/// files that LiteRT's plugin compiled as a whole; through NeuronRuntime the first alone.
/// docs/neuron.md says which library is taken and how memory is shared.
[[nodiscard]] std::unique_ptr<Backend> make_neuron_backend(const BackendOptions& options);

}  // namespace sotto
