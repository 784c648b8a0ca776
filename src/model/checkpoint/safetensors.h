#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// Reads the bytes of a safetensors file: docs/formats/safetensors.md. `owner` keeps them alive and
/// goes into every view; `source` names the file in messages. Tensors stand under the file's own
/// names. Throws format or unsupported.
[[nodiscard]] TensorTable parse_safetensors(std::span<const std::byte> bytes,
                                            const std::string& source,
                                            const std::shared_ptr<const void>& owner);

}  // namespace sotto
