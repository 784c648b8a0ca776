#pragma once

#include <filesystem>
#include <string>

#include "support/temp_folder.h"

namespace sotto::test {

/// The checkpoint of a model that oracle.py recorded something for: "base", "demo" or one of its
/// random ones. The path need not exist.
[[nodiscard]] std::filesystem::path checkpoint_of(const std::string& model,
                                                  const std::filesystem::path& oracle_folder);

/// A checkpoint and the bundle exported from it, in a folder that goes away with this object.
class Exported {
 public:
  explicit Exported(std::filesystem::path checkpoint);

  [[nodiscard]] const std::filesystem::path& checkpoint() const { return checkpoint_; }
  [[nodiscard]] std::filesystem::path bundle() const { return folder_ / "bundle"; }

 private:
  std::filesystem::path checkpoint_;
  TempFolder folder_;
};

}  // namespace sotto::test
