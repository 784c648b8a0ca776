#pragma once

#include <vector>

#include "core/bundle/manifest.h"

namespace sotto {

/// The files of a manifest, each once: of graphs that share a file, the first record.
[[nodiscard]] std::vector<FileRecord> distinct_files(const Manifest& manifest);

}  // namespace sotto
