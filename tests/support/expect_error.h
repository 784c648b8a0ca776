#pragma once

#include <gtest/gtest.h>
#include <string>

#include "core/base/error.h"

namespace sotto::test {

/// The sentence with which `action` is refused; empty where it is not.
template <class Action>
[[nodiscard]] std::string refusal_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return error.what();
  }
  return {};
}

/// Expects that `action` throws sotto::Error of this kind with one sentence that begins with
/// `start`, the file in most cases, and gives the sentence.
template <class Action>
std::string expect_error(ErrorKind kind, const std::string& start, Action action) {
  try {
    action();
  } catch (const Error& error) {
    std::string message = error.what();
    EXPECT_EQ(error.kind(), kind) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_TRUE(message.starts_with(start)) << message;
    EXPECT_LT(message.size(), 600U) << message;
    EXPECT_FALSE(message.ends_with('.')) << message;
    return message;
  }
  ADD_FAILURE() << "nothing was refused in " << start;
  return {};
}

}  // namespace sotto::test
