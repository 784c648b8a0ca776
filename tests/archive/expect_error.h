#pragma once

#include <string>

#include "gtest/gtest.h"

#include "core/base/error.h"

namespace sotto::test {

/// Runs `action`, expects it to throw sotto::Error of this kind with one sentence that names
/// `file`, and gives the sentence.
template <class Action>
std::string expect_error(ErrorKind kind, const std::string& file, Action action) {
  try {
    action();
  } catch (const Error& error) {
    std::string message = error.what();
    EXPECT_EQ(error.kind(), kind) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_TRUE(message.starts_with(file)) << message;
    EXPECT_LT(message.size(), 600U) << message;
    EXPECT_FALSE(message.ends_with('.')) << message;
    return message;
  }
  ADD_FAILURE() << "nothing was refused in " << file;
  return {};
}

}  // namespace sotto::test
