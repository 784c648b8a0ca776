#include "core/base/aligned_memory.h"

#include <cstdlib>
#include <new>
#include <sys/mman.h>

namespace sotto {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

AlignedMemory allocate_aligned(std::size_t bytes) {
  const std::size_t rounded = (bytes / kMemoryAlignment + 1) * kMemoryAlignment;
  const bool is_large = rounded >= kHugePage;
  void* memory = nullptr;
  if (::posix_memalign(&memory, is_large ? kHugePage : kMemoryAlignment, rounded) != 0) {
    throw std::bad_alloc();
  }
  // A wish: where the system has no huge pages to give, small ones do. The incomplete page at the
  // end may belong to others and stays as it is.
  if (is_large)
    static_cast<void>(::madvise(memory, rounded / kHugePage * kHugePage, MADV_HUGEPAGE));
  return AlignedMemory(static_cast<std::byte*>(memory));
}

std::shared_ptr<std::byte> allocate_zeros(std::size_t bytes) {
  const std::size_t size = bytes == 0 ? 1 : bytes;
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // In small pages: a large one would be there as a whole.
  static_cast<void>(::madvise(memory, size, MADV_NOHUGEPAGE));
  return {static_cast<std::byte*>(memory), [size](std::byte* pages) { ::munmap(pages, size); }};
}

void FreeMemory::operator()(std::byte* memory) const { std::free(memory); }

}  // namespace sotto
