#pragma once

#include <filesystem>
#include <string_view>

#include "core/bundle/manifest.h"

namespace sotto {

/// The manifest in this folder, without a look at the files that it names. Throws not_found when
/// there is none, and what parse_manifest() throws.
[[nodiscard]] Manifest read_manifest(const std::filesystem::path& folder);

/// The folder of artifacts, opened for reading. Several threads may use one.
class Bundle {
 public:
  /// Reads and checks the manifest: known version, plain file names, every file there with its
  /// size. Hashes are compared by check_hashes() only. Throws with a sentence that names the file.
  [[nodiscard]] static Bundle open(const std::filesystem::path& folder);

  /// True when `path` is a folder with a manifest in it (whether or not the manifest is sound).
  [[nodiscard]] static bool is_bundle(const std::filesystem::path& path);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const Manifest& manifest() const { return manifest_; }

  [[nodiscard]] bool has(std::string_view role) const;
  /// Throws not_found when the bundle has no file of this role.
  [[nodiscard]] const FileRecord& record(std::string_view role) const;
  [[nodiscard]] std::filesystem::path file(std::string_view role) const;

  /// Reads every file, as many at once as there are cores. Throws mismatch, naming the first of the
  /// manifest whose SHA-256 is another, and not_found or io.
  void check_hashes() const;

 private:
  std::filesystem::path folder_;
  Manifest manifest_;
};

}  // namespace sotto
