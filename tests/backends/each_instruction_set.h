#pragma once

#include <cstdlib>
#include <optional>
#include <string>

#include "kernels/each_table.h"

namespace sotto::test {

/// TEST_P(OnEachInstructionSet, …) with INSTANTIATE_EACH_TABLE(OnEachInstructionSet): cpu back ends
/// that a test makes use this one, as $SOTTO_MAX_ISA says. Skips where the processor lacks it.
class OnEachInstructionSet : public cpu::EachTable {
 protected:
  void SetUp() override {
    if (const char* value = std::getenv(kVariable)) before_ = value;
    cpu::EachTable::SetUp();
    ::setenv(kVariable, GetParam().c_str(), 1);
  }
  void TearDown() override {
    if (before_) {
      ::setenv(kVariable, before_->c_str(), 1);
    } else {
      ::unsetenv(kVariable);
    }
  }

 private:
  static constexpr const char* kVariable = "SOTTO_MAX_ISA";
  std::optional<std::string> before_;
};

}  // namespace sotto::test
