#pragma once

#include <filesystem>

#include "core/base/unfinished.h"

namespace sotto {

/// An empty file in the folder for temporary ones, removed in the end. It did not exist before: in
/// a folder that all users share, nobody else's is written to.
class ScratchFile {
 public:
  /// Throws io.
  ScratchFile();
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return listed_.path(); }

 private:
  explicit ScratchFile(const std::filesystem::path& path);

  Unfinished listed_;
};

}  // namespace sotto
