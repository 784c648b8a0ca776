#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/byte_sink.h"
#include "core/base/staged_folder.h"
#include "core/bundle/bundle.h"
#include "core/bundle/manifest.h"

namespace sotto {

/// Makes a bundle, or replaces one, in one step: files first, the manifest last, then the folder
/// takes its place (StagedFolder), all of it on the disk. Until then the bundle is locked, and
/// other writers of it wait. Without commit() nothing remains.
class BundleWriter {
 public:
  /// Throws usage unless `folder` is new, empty, or a bundle that holds its own files and nothing
  /// else: what somebody put there is not ours to remove. Throws io when it cannot be made. Before
  /// it waits for another writer, `on_wait` is told.
  explicit BundleWriter(const std::filesystem::path& folder, const OnWait& on_wait = {});

  /// Writes one file with what `produce` puts out, and gives its record, without ports. Different
  /// files may be written by different threads.
  [[nodiscard]] FileRecord write(std::string_view role, const std::string& name,
                                 const std::function<void(ByteSink&)>& produce);

  /// Takes a file of the bundle that is there over as it is: no byte is copied where the file
  /// system can give it a second name; a copy that is not as the record says throws mismatch.
  void keep(const FileRecord& record) { take(folder_, record); }

  /// The same of a file of the bundle at `folder`.
  void take(const std::filesystem::path& folder, const FileRecord& record);

  /// Writes the manifest and puts the folder in its place, which is checked again.
  void commit(const Manifest& manifest);

 private:
  std::filesystem::path folder_;
  StagedFolder staged_;
  std::set<std::string> taken_;  // names of files
};

/// A file made elsewhere that is to join a bundle: role, name, ports and what made it are the
/// record's; bytes and hash are found.
struct JoiningFile {
  FileRecord record;
  std::filesystem::path file;
  std::optional<FileRecord> source;  ///< of the bundle's files, the one that it was made of
};

/// Writes a file into a bundle in the making, and gives its record with size and hash.
[[nodiscard]] FileRecord join(BundleWriter& writer, const JoiningFile& joining);

/// Throws mismatch when what the file was made of is no longer in the bundle.
void check_unchanged(const Bundle& bundle, const JoiningFile& joining);

/// Puts files into a bundle in one step, each in the place of one of its role or name; all others
/// stay as they are, also those that other writers added a moment ago. Returns the new manifest,
/// whose last files are the joining ones in their order. Throws mismatch when a source is no longer
/// in the bundle, and what BundleWriter throws.
Manifest extend_bundle(const std::filesystem::path& folder, const std::vector<JoiningFile>& files,
                       const OnWait& on_wait = {});

/// Throws usage unless BundleWriter would replace `folder`.
void check_replaceable(const std::filesystem::path& folder);

}  // namespace sotto
