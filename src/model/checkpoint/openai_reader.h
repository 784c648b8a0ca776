#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// Reads the bytes of an OpenAI checkpoint: docs/formats/openai-checkpoint.md. `owner` keeps them
/// alive and goes into every view; `source` names the file in messages. The result has no paths.
[[nodiscard]] Checkpoint parse_openai(std::span<const std::byte> bytes, const std::string& source,
                                      const std::shared_ptr<const void>& owner);

}  // namespace sotto
