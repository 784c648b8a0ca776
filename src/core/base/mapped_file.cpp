#include "core/base/mapped_file.h"

#include <cerrno>
#include <sys/mman.h>
#include <system_error>
#include <utility>

#include "core/base/error.h"
#include "core/base/regular_file.h"

namespace sotto {

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const RegularFile file = open_regular_file(path);
  const auto size = static_cast<std::size_t>(file.size);
  if (size == 0) return std::shared_ptr<const MappedFile>(new MappedFile(path, {}));
  void* memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.descriptor.value(), 0);
  if (memory == MAP_FAILED) {
    fail(ErrorKind::io, path.string(),
         ": cannot be mapped: ", std::generic_category().message(errno));
  }
  return std::shared_ptr<const MappedFile>(
      new MappedFile(path, {static_cast<const std::byte*>(memory), size}));
}

MappedFile::MappedFile(std::filesystem::path path, std::span<const std::byte> bytes)
    : path_(std::move(path)), bytes_(bytes) {}

void MappedFile::leave() const {
  if (!bytes_.empty()) {
    (void)::madvise(const_cast<std::byte*>(bytes_.data()), bytes_.size(), MADV_DONTNEED);
  }
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace sotto
