#pragma once

#include "core/bundle/bundle.h"
#include "run/doctor/graph_probe.h"
#include "run/doctor/report.h"

namespace sotto {

/// What the files of a bundle say of themselves; nothing is loaded. What is damaged is in the
/// result. Throws not_found where there is no bundle.
[[nodiscard]] BundleFacts bundle_facts(const std::filesystem::path& folder);

/// What loading a compiled file takes, out of the manifest's record of it.
[[nodiscard]] GraphQuestion graph_question(const Bundle& bundle, const FileFacts& file,
                                           const std::filesystem::path& adapter);

}  // namespace sotto
