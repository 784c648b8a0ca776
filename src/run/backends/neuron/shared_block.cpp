#include "run/backends/neuron/shared_block.h"

#include <fcntl.h>
#include <linux/dma-heap.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace sotto::neuron {
namespace {

constexpr int kProtection = PROT_READ | PROT_WRITE;

/// Memory that devices can read, by its descriptor; −1 where the system has none to give.
int device_memory(std::size_t bytes) {
  const int heap = ::open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC);
  if (heap < 0) return -1;
  dma_heap_allocation_data request{};
  request.len = bytes;
  request.fd_flags = O_RDWR | O_CLOEXEC;
  const bool done = ::ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &request) == 0;
  ::close(heap);
  return done ? static_cast<int>(request.fd) : -1;
}

int anonymous_memory(std::size_t bytes) {
  const int descriptor = ::memfd_create("sotto", MFD_CLOEXEC);
  if (descriptor >= 0 && ::ftruncate(descriptor, static_cast<off_t>(bytes)) == 0) {
    return descriptor;
  }
  if (descriptor >= 0) ::close(descriptor);
  return -1;
}

}  // namespace

std::shared_ptr<SharedBlock> SharedBlock::make(std::size_t bytes, const Import& import) {
  if (bytes == 0) return nullptr;
  for (int (*const allocate)(std::size_t) : {device_memory, anonymous_memory}) {
    std::shared_ptr<SharedBlock> block(new SharedBlock(bytes));
    if (block->open(allocate(bytes)) && import(*block)) return block;
  }
  return nullptr;
}

int SharedBlock::protection() const { return kProtection; }

bool SharedBlock::open(int descriptor) {
  descriptor_ = descriptor;
  if (descriptor_ < 0) return false;
  void* address = ::mmap(nullptr, bytes_, kProtection, MAP_SHARED, descriptor_, 0);
  if (address == MAP_FAILED) return false;
  data_ = static_cast<std::byte*>(address);
  return true;
}

SharedBlock::~SharedBlock() {
  imported.reset();
  if (data_ != nullptr) ::munmap(data_, bytes_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace sotto::neuron
