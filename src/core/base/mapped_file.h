#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace sotto {

/// A regular file mapped read-only into memory. Nothing is read until it is touched.
/// A file that another process truncates while it is mapped faults on access, as any mapping does:
/// guard_mappings() makes a sentence of that.
class MappedFile {
 public:
  /// Throws not_found, or io when `path` is no readable regular file. An empty file maps to no
  /// bytes.
  [[nodiscard]] static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);

  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  /// Lets go of the pages that were touched, until they are touched again: for who reads a little
  /// here and there, and is not to hold the whole file in the end.
  void leave() const;

 private:
  MappedFile(std::filesystem::path path, std::span<const std::byte> bytes);
  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
};

/// Lets go of the whole pages of these bytes where they lie in a mapped file, until they are
/// touched again; nothing where they do not.
void leave_mapped_pages(const std::byte* data, std::size_t bytes);

}  // namespace sotto
