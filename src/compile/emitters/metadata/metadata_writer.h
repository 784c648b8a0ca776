#pragma once

#include <string>

#include "core/base/dtype.h"
#include "core/bundle/manifest.h"

namespace sotto {

/// The text of `embedding_info.json` for a manifest with its dims and its record of the token
/// embedding, which is stored in `dtype`.
[[nodiscard]] std::string embedding_info_json(const Manifest& manifest, DType dtype);

/// "whisper_NAME_metadata.json".
[[nodiscard]] std::string metadata_name(const Manifest& manifest);

/// The text of that file for a manifest with its dims and the records of everything that it is to
/// name: graphs, token embedding and embedding_info.json. Field names and their order are those
/// that NPU programs built on the earlier Python pipeline read.
[[nodiscard]] std::string metadata_json(const Manifest& manifest);

}  // namespace sotto
