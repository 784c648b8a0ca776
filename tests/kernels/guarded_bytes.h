#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <gtest/gtest.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace sotto::cpu {

/// Memory that ends where a page begins that nobody may touch, and before which lie bytes that
/// nobody may change. Its begin is aligned to what its size is a multiple of.
class GuardedBytes {
 public:
  explicit GuardedBytes(std::size_t size) : size_(size) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    usable_ = (size + kMargin + page - 1) / page * page;
    mapped_ = usable_ + page;
    void* at = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc();
    memory_ = static_cast<std::byte*>(at);
    mprotect(memory_ + usable_, page, PROT_NONE);
    std::memset(memory_, kUntouched, usable_);
  }
  ~GuardedBytes() {
    if (memory_ == nullptr) return;
    const std::byte* margin = memory_ + usable_ - size_ - kMargin;
    EXPECT_TRUE(std::all_of(margin, margin + kMargin, is_untouched)) << "written before the begin";
    munmap(memory_, mapped_);
  }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;
  GuardedBytes(GuardedBytes&& other) noexcept
      : size_(other.size_),
        usable_(other.usable_),
        mapped_(other.mapped_),
        memory_(std::exchange(other.memory_, nullptr)) {}

  [[nodiscard]] std::byte* data() const { return memory_ + usable_ - size_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  template <class T>
  [[nodiscard]] T* as() const {
    return reinterpret_cast<T*>(data());
  }
  template <class T>
  [[nodiscard]] T at(std::size_t index) const {
    T value;
    std::memcpy(&value, data() + index * sizeof(T), sizeof(T));
    return value;
  }
  [[nodiscard]] std::vector<std::byte> copy() const { return {data(), data() + size_}; }

  static constexpr unsigned char kUntouched = 0xA5;
  static bool is_untouched(std::byte byte) { return byte == std::byte{kUntouched}; }

 private:
  static constexpr std::size_t kMargin = 256;
  std::size_t size_ = 0, usable_ = 0, mapped_ = 0;
  std::byte* memory_ = nullptr;
};

}  // namespace sotto::cpu
