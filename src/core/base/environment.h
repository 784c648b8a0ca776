#pragma once

#include <filesystem>

namespace sotto {

/// The path in an environment variable; empty where it is not set.
[[nodiscard]] std::filesystem::path environment_path(const char* name);

/// Where set-up keeps what it fetches: ${XDG_CACHE_HOME:-$HOME/.cache}/sotto.
[[nodiscard]] std::filesystem::path cache_folder();

}  // namespace sotto
