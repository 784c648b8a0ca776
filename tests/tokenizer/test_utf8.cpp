#include <gtest/gtest.h>

#include "run/tokenizer/utf8.h"

namespace sotto::test {
namespace {

const std::string kReplaced = "\uFFFD";

TEST(Utf8, KeepsWellFormedText) {
  for (const std::string text :
       {"", "plain", "Grüße", "你好", "👍🏽", "\u007f\u0080\u07ff\u0800\uffff",
        "\U00010000\U0010FFFF", "\ufeff\ufffe"}) {
    EXPECT_EQ(replace_ill_formed_utf8(text), text);
  }
  EXPECT_EQ(replace_ill_formed_utf8(std::string(3, '\0')), std::string(3, '\0'));
}

// Each expected string is what Python's bytes.decode("utf-8", errors="replace") gives.
TEST(Utf8, ReplacesEachMaximalSubpartOnce) {
  const std::string three = kReplaced + kReplaced + kReplaced;
  EXPECT_EQ(replace_ill_formed_utf8("a\x80z"), "a" + kReplaced + "z");
  EXPECT_EQ(replace_ill_formed_utf8("\xE4\xBD"), kReplaced);            // cut at the end
  EXPECT_EQ(replace_ill_formed_utf8("\xE4\xBD\x41"), kReplaced + "A");  // cut in the middle
  EXPECT_EQ(replace_ill_formed_utf8("\xF0\x9F\x91"), kReplaced);
  EXPECT_EQ(replace_ill_formed_utf8("\xF0\x9F\x91\xE4\xBD\xA0"), kReplaced + "你");
  EXPECT_EQ(replace_ill_formed_utf8("\xC0\x80"), kReplaced + kReplaced);  // overlong
  EXPECT_EQ(replace_ill_formed_utf8("\xE0\x80\x80"), three);
  EXPECT_EQ(replace_ill_formed_utf8("\xF0\x80\x80"), three);
  EXPECT_EQ(replace_ill_formed_utf8("\xED\xA0\x80"), three);  // a surrogate
  EXPECT_EQ(replace_ill_formed_utf8("\xF4\x90\x80"), three);  // beyond U+10FFFF
  EXPECT_EQ(replace_ill_formed_utf8("\xF5\xFE\xFF"), three);  // no lead bytes at all
  EXPECT_EQ(replace_ill_formed_utf8("\xC3\xC3\xA9"), kReplaced + "é");
}

}  // namespace
}  // namespace sotto::test
