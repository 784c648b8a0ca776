#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// Reads the bytes of a CTranslate2 model.bin that holds Whisper: docs/formats/ctranslate2.md.
/// Stacked projections become views of the one matrix. `owner` keeps the bytes alive and goes into
/// every view; `source` names the file in messages. The result has no paths and no alignment heads.
[[nodiscard]] Checkpoint parse_ctranslate2(std::span<const std::byte> bytes,
                                           const std::string& source,
                                           const std::shared_ptr<const void>& owner);

/// Reads a model.bin, and the config.json beside it when there is one.
[[nodiscard]] Checkpoint read_ctranslate2(const std::filesystem::path& model);

}  // namespace sotto
