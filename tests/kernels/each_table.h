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
