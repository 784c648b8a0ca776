#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/byte_sink.h"
#include "core/base/staged_folder.h"
#include "core/bundle/bundle.h"
#include "core/bundle/manifest.h"

namespace sotto {

/// Makes a bundle, or replaces one, in one step: files first, the manifest last, then the folder
/// takes its place (StagedFolder). Without commit() nothing remains.
class BundleWriter {
 public:
  /// Throws usage unless `folder` is new, empty, or a bundle that holds its own files and nothing
  /// else: what somebody put there is not ours to remove. Throws io when it cannot be made.
  explicit BundleWriter(const std::filesystem::path& folder);

  /// Writes one file with what `produce` puts out, and gives its record, without ports. Different
  /// files may be written by different threads.
  [[nodiscard]] FileRecord write(std::string_view role, const std::string& name,
                                 const std::function<void(ByteSink&)>& produce);

  /// Takes a file of the bundle that is there over as it is: no byte is copied where the file
  /// system can give it a second name.
  void keep(const FileRecord& record);

  /// Writes the manifest and puts the folder in its place, which is checked again.
  void commit(const Manifest& manifest);

 private:
  std::filesystem::path folder_;
  StagedFolder staged_;
};

/// A file made elsewhere that is to join a bundle: role, name, ports and what made it are the
/// record's; bytes and hash are found.
struct JoiningFile {
  FileRecord record;
  std::filesystem::path file;
};

/// Puts files into a bundle in one step, each in the place of one of its role or name; all others
/// stay as they are. Returns the new manifest. Throws what BundleWriter throws.
Manifest extend_bundle(const Bundle& bundle, const std::vector<JoiningFile>& files);

/// Throws usage unless BundleWriter would replace `folder`.
void check_replaceable(const std::filesystem::path& folder);

}  // namespace sotto
