#pragma once

#include <filesystem>

namespace sotto {

/// BUNDLE.logs, beside the bundle: where the vendor tools' output is kept.
[[nodiscard]] std::filesystem::path log_folder(const std::filesystem::path& bundle);

}  // namespace sotto
