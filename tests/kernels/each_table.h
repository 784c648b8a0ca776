#pragma once

#include <gtest/gtest.h>
#include <string>

#include "run/backends/cpu/kernels/kernels.h"

// Tests that run for each instruction set that this architecture's build has.

namespace sotto::cpu {

/// TEST_P(EachTable, …) with INSTANTIATE_EACH_TABLE(EachTable): the table is kernels().
class EachTable : public testing::TestWithParam<std::string> {
 public:
  static auto names() {
#if defined(__x86_64__)
    return testing::Values("generic", "avx2", "avx2_vnni", "avx512", "avx512_bf16");
#elif defined(__aarch64__)
    return testing::Values("generic", "neon_dot");
#else
    return testing::Values("generic");
#endif
  }

 protected:
  void SetUp() override {
    for (const Kernels* table : usable_kernels()) {
      if (table->name == GetParam()) kernels_ = table;
    }
    if (kernels_ == nullptr) GTEST_SKIP() << "this processor does not run " << GetParam();
  }
  [[nodiscard]] const Kernels& kernels() const { return *kernels_; }

 private:
  const Kernels* kernels_ = nullptr;
};

#define INSTANTIATE_EACH_TABLE(fixture)                 \
  INSTANTIATE_TEST_SUITE_P(, fixture, fixture::names(), \
                           [](const auto& table) { return table.param; })

}  // namespace sotto::cpu
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <utility>
#include <vector>
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
  explicit Guarded(std::size_t bytes) : size_(bytes), memory_(bytes + 3 * kGuard, kMark) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    begin_ = kGuard + (kGuard - address % kGuard) % kGuard;
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
  [[nodiscard]] std::byte* data() { return memory_.data() + begin_; }
  [[nodiscard]] float* floats() { return reinterpret_cast<float*>(data()); }
  static constexpr std::size_t kGuard = 64;
  static constexpr std::byte kMark{0xA5};
  std::size_t size_;
  std::size_t begin_ = 0;
  std::vector<std::byte> memory_;
/// Tests with the table of each instruction set as their parameter.
class EachTable : public ::testing::TestWithParam<const Kernels*> {
  [[nodiscard]] static const Kernels& kernels() { return *GetParam(); }
inline std::string name_of_table(const ::testing::TestParamInfo<const Kernels*>& table) {
  return std::string(table.param->name);
}
}  // namespace sotto::cpu::testing
