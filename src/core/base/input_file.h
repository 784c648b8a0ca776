#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "core/base/regular_file.h"

namespace sotto {

/// A file that is read piece by piece, at any position, by any number of readers at once. Unlike a
/// mapping, what was read does not stay in the process's memory.
class InputFile {
 public:
  /// Throws not_found, or io when `path` is no readable regular file.
  [[nodiscard]] static std::shared_ptr<const InputFile> open(const std::filesystem::path& path);

  /// open(), or for a named pipe (mkfifo, /dev/stdin, the shell's <(…)) all that is written into
  /// it, kept as spool() keeps it. Throws io when nobody has opened the pipe for writing within ten
  /// seconds; a writer may then take as long as it likes.
  [[nodiscard]] static std::shared_ptr<const InputFile> open_or_spool(
      const std::filesystem::path& path);

  /// Copies all that `descriptor` still gives (a pipe, standard input) into a file without a name
  /// in $TMPDIR, or /tmp, which is gone when this object is. Only the disk limits its length.
  /// `name` stands for it in messages ("standard input"). Throws io when `descriptor` cannot be
  /// read or the temporary folder cannot hold it, naming that folder.
  [[nodiscard]] static std::shared_ptr<const InputFile> spool(int descriptor, std::string name);

  /// What messages call it.
  [[nodiscard]] const std::string& name() const { return name_; }

  /// In bytes, when it was opened.
  [[nodiscard]] std::uint64_t size() const { return file_.size; }

  /// Fills `out` from `position` on and gives the number of bytes: fewer than asked for only at the
  /// end of the file. Throws io, also when the file has been cut short since it was opened.
  [[nodiscard]] std::size_t read(std::uint64_t position, std::span<std::byte> out) const;

 private:
  InputFile(RegularFile file, std::string name);
  RegularFile file_;
  std::string name_;
};

}  // namespace sotto
