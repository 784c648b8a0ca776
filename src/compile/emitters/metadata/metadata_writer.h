#pragma once

#include <string>

#include "core/bundle/manifest.h"

namespace sotto {

/// The text of `embedding_info.json` for a manifest with its dims and its record of the token
/// embedding.
[[nodiscard]] std::string embedding_info_json(const Manifest& manifest);

/// The text of `whisper_NAME_metadata.json` for a manifest with its dims and the records of
/// encoder, decoder, token embedding and embedding_info.json. Field names and their order are those
/// that NPU programs built on the earlier Python pipeline read.
[[nodiscard]] std::string metadata_json(const Manifest& manifest);

}  // namespace sotto
