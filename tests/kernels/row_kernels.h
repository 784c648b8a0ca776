#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "run/backends/cpu/kernels/kernels.h"

// What tests of single kernels share: numbers, memory that notices what is written beside it, and
// each instruction set that this processor has.

namespace sotto::cpu::testing {

inline std::vector<float> random_floats(std::int64_t count, unsigned seed, float spread = 1.0F) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal(0.0F, spread);
  std::vector<float> floats(static_cast<std::size_t>(count));
  for (float& value : floats) value = normal(engine);
  return floats;
}

/// Memory aligned to 64 with bytes on both sides that nobody may change.
class Guarded {
 public:
  explicit Guarded(std::size_t bytes) : size_(bytes), memory_(bytes + 3 * kGuard, kMark) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    begin_ = kGuard + (kGuard - address % kGuard) % kGuard;
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  ~Guarded() {
    for (std::size_t i = 0; i < memory_.size(); ++i) {
      if (i == begin_) i += size_;
      if (i == memory_.size()) break;
      if (memory_[i] != kMark) {
        ADD_FAILURE() << "byte " << static_cast<std::int64_t>(i) - static_cast<std::int64_t>(begin_)
                      << " of " << size_ << " was written to";
        break;
      }
    }
  }
  [[nodiscard]] std::byte* data() { return memory_.data() + begin_; }
  [[nodiscard]] float* floats() { return reinterpret_cast<float*>(data()); }

 private:
  static constexpr std::size_t kGuard = 64;
  static constexpr std::byte kMark{0xA5};
  std::size_t size_;
  std::size_t begin_ = 0;
  std::vector<std::byte> memory_;
};

/// Tests with the table of each instruction set as their parameter.
class EachTable : public ::testing::TestWithParam<const Kernels*> {
 protected:
  [[nodiscard]] static const Kernels& kernels() { return *GetParam(); }
};

inline std::string name_of_table(const ::testing::TestParamInfo<const Kernels*>& table) {
  return std::string(table.param->name);
}

}  // namespace sotto::cpu::testing
