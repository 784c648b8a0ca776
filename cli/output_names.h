#pragma once

#include <cstddef>
#include <filesystem>

namespace sotto::cli {

/// Which names and paths the file system of a folder takes. The folder need not exist yet.
class OutputNames {
 public:
  explicit OutputNames(const std::filesystem::path& folder);

  /// Throws usage, naming the recording, when `file`, whose path begins at the folder, could not be
  /// written there: to be found out before the work.
  void check(const std::filesystem::path& recording, const std::filesystem::path& file) const;

 private:
  std::filesystem::path folder_;
  std::size_t longest_name_, longest_path_;  ///< in bytes
};

}  // namespace sotto::cli
