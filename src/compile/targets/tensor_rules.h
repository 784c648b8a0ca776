#pragma once

#include <optional>
#include <string_view>

#include "compile/targets/legality.h"
#include "core/tflite/tflite_model.h"

namespace sotto {

/// What stands against a tensor that an operator reads or writes: its shape or its element type.
/// The reason is to follow the tensor's name.
[[nodiscard]] std::optional<Objection> object_to_tensor(const TfliteTensor& tensor,
                                                        const ToolchainSet& toolchains);

/// What stands against a constant with a scale a channel as a weight of this operator.
[[nodiscard]] std::optional<Objection> object_to_scales(const TfliteTensor& tensor,
                                                        std::string_view operator_name,
                                                        const ToolchainSet& toolchains);

/// What stands against the numbers of a constant: those that float16 does not have.
[[nodiscard]] std::optional<Objection> object_to_values(const TfliteTensor& tensor);

}  // namespace sotto
