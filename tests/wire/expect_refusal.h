#pragma once

#include <gmock/gmock.h>
#include <string>

#include "support/expect_error.h"

namespace sotto::test {

/// Expects that `action` throws an Error of this kind, whose sentence has these words.
template <class Action>
void expect_refusal(ErrorKind kind, const std::string& words, Action action) {
  EXPECT_THAT(expect_error(kind, "", action), testing::HasSubstr(words));
}

}  // namespace sotto::test
