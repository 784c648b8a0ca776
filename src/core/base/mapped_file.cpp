#include "core/base/mapped_file.h"

#include <cerrno>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "core/base/error.h"
#include "core/base/regular_file.h"

namespace sotto {
namespace {

/// Where files are mapped in this process: from the first byte to behind the last.
class Mappings {
 public:
  static Mappings& instance() {
    static Mappings mappings;
    return mappings;
  }

  void add(std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex_);
    ends_.emplace(bytes.data(), bytes.data() + bytes.size());
  }
  void remove(std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex_);
    ends_.erase(bytes.data());
  }
  /// Calls `work` while the mapping that holds all these bytes cannot go; not at all without one.
  template <class Work>
  void inside(std::span<const std::byte> bytes, const Work& work) {
    const std::lock_guard lock(mutex_);
    auto after = ends_.upper_bound(bytes.data());
    if (after == ends_.begin()) return;
    const std::byte* end = std::prev(after)->second;
    if (std::less_equal<>()(bytes.data() + bytes.size(), end)) work();
  }

 private:
  std::mutex mutex_;
  std::map<const std::byte*, const std::byte*, std::less<>> ends_;
};

}  // namespace

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
    : path_(std::move(path)), bytes_(bytes) {
  if (!bytes_.empty()) Mappings::instance().add(bytes_);
}

void MappedFile::leave() const {
  if (!bytes_.empty()) {
    (void)::madvise(const_cast<std::byte*>(bytes_.data()), bytes_.size(), MADV_DONTNEED);
  }
}

MappedFile::~MappedFile() {
  if (bytes_.empty()) return;
  Mappings::instance().remove(bytes_);
  ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void leave_mapped_pages(const std::byte* data, std::size_t bytes) {
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(data) + page - 1) / page * page;
  const auto end = (reinterpret_cast<std::uintptr_t>(data) + bytes) / page * page;
  if (begin >= end) return;
  Mappings::instance().inside({data, bytes}, [&] {
    (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  });
}

}  // namespace sotto
