#pragma once

#include <filesystem>

#include "core/bundle/bundle.h"
#include "progress.h"

namespace sotto::cli {

/// What --check does: opens a bundle and compares every file of it with the manifest's hash. Throws
/// usage when
/// `path` is no bundle, and what Bundle::check_hashes() throws.
[[nodiscard]] Bundle checked_bundle(const std::filesystem::path& path, Progress& progress);

}  // namespace sotto::cli
