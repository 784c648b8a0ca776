#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace sotto::cli {

/// What tells whether a file is still the one it was.
struct FileState {
  std::uintmax_t bytes = 0;
  std::int64_t changed = 0;  ///< nanoseconds since 1970
};

/// Absent for what is no regular file or cannot be looked at.
[[nodiscard]] std::optional<FileState> file_state(const std::filesystem::path& path);

}  // namespace sotto::cli
