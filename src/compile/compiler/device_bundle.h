#pragma once

#include <filesystem>
#include <vector>

#include "core/base/staged_folder.h"
#include "core/bundle/bundle_writer.h"

namespace sotto {

/// Writes a bundle of compiled graphs and of what running them takes besides: embeddings,
/// vocabulary and descriptions of the bundle that they were made of, not its graphs. Returns its
/// manifest, whose last files are the compiled ones in their order. Throws mismatch when a source
/// is no longer in the bundle, and what BundleWriter throws.
[[nodiscard]] Manifest write_device_bundle(const std::filesystem::path& bundle,
                                           const std::filesystem::path& output,
                                           const std::vector<JoiningFile>& compiled,
                                           const OnWait& on_wait);

}  // namespace sotto
