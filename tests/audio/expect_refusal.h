#pragma once

#include <filesystem>
#include <gtest/gtest.h>
#include <string>

#include "core/base/error.h"

namespace sotto::test {

/// `action` fails with one sentence that begins with `name` and contains `part`, and prints
/// nothing.
template <class Action>
void expect_refusal(const std::string& name, ErrorKind kind, const std::string& part,
                    const Action& action) {
  testing::internal::CaptureStderr();
  try {
    action();
    ADD_FAILURE() << name << " was taken";
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_EQ(error.kind(), kind) << message;
    EXPECT_EQ(message.rfind(name + ": ", 0), 0U) << message;
    EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "the library printed";
}

}  // namespace sotto::test
