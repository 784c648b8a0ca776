#pragma once

#include "simulators/neuron_adapter/operands.h"
#include "simulators/neuron_adapter/translation.h"

namespace sotto::simulator {

/// Whether tensors of a type hold int8.
[[nodiscard]] bool is_int8(std::int32_t type);

/// The same operation of quantized tensors, where the operands are such; else as it is. Throws
/// Refusal, unmappable, for what the NPU does not compute of them: other operations than those of
/// quantized_operations.h, float and quantized tensors together, and what single SoCs and versions
/// are reported to refuse.
[[nodiscard]] Translation translate_quantized(const Operands& operands, Translation translation);

}  // namespace sotto::simulator
