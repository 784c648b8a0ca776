#pragma once

#include <filesystem>

#include "progress.h"

namespace sotto::cli {

/// What --check does: compares every file of a bundle with the manifest's hash. Throws usage when
/// `path` is no bundle, and what Bundle::check_hashes() throws.
void check_bundle(const std::filesystem::path& path, Progress& progress);

}  // namespace sotto::cli
