#include <gtest/gtest.h>

#include "core/base/error.h"

namespace sotto {
namespace {

TEST(Error, IsOneLineWhateverItNames) {
  const Error error(ErrorKind::io, "a\nb\r\x1b[K\x7f/ä: cannot be opened\n");
  EXPECT_STREQ(error.what(), "a\\x0ab\\x0d\\x1b[K\\x7f/ä: cannot be opened\\x0a");
  EXPECT_EQ(error.kind(), ErrorKind::io);
}

}  // namespace
}  // namespace sotto
