#pragma once

#include <filesystem>
#include <gtest/gtest.h>
#include <string>

#include "core/base/error.h"
#include "support/expect_error.h"

namespace sotto::test {

/// `action` fails with one sentence that begins with `name` and contains `part`, and prints
/// nothing.
template <class Action>
void expect_refusal(const std::string& name, ErrorKind kind, const std::string& part,
                    const Action& action) {
  testing::internal::CaptureStderr();
  const std::string message = expect_error(kind, name + ": ", action);
  EXPECT_NE(message.find(part), std::string::npos) << message;
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "the library printed";
}

}  // namespace sotto::test
