#pragma once

#include <filesystem>
#include <optional>

#include "core/bundle/bundle.h"
#include "run/engine/model.h"

namespace sotto::cli {

/// The model that was asked for, loaded: `checked`, where the hashes of all files of that bundle
/// have been compared, else what is at `path`: a bundle or, on a host, a checkpoint of any format.
[[nodiscard]] Model loaded_model(const std::filesystem::path& path,
                                 const std::optional<Bundle>& checked, const ModelOptions& options);

}  // namespace sotto::cli
