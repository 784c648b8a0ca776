#include <gtest/gtest.h>

#include "core/base/rounding.h"
#include "core/base/text.h"

namespace sotto {
namespace {

TEST(Text, StripsWhatPythonStrips) {
  EXPECT_EQ(strip_white_space(""), "");
  EXPECT_EQ(strip_white_space(" \t\n\v\f\r\x1c\x1d\x1e\x1f"), "");
  EXPECT_EQ(strip_white_space("\u3000\u00a0 a b\u2003\u2028\n"), "a b");
  EXPECT_EQ(strip_white_space("\u0085\u1680\u2000\u200a\u2029\u202f\u205f x"), "x");
}

TEST(Text, PutsAsciiLettersAloneInLowerCase) {
  EXPECT_EQ(lower_case("AZaz@[09"), "azaz@[09");
  EXPECT_EQ(lower_case("ÄÉ"), "ÄÉ");
  EXPECT_EQ(lower_case(""), "");
}

TEST(Text, KeepsWhatOnlyLooksEmpty) {
  // A zero-width space, a byte-order mark, a Mongolian vowel separator and NUL are no white space.
  for (const std::string_view text : {"\u200b", "\ufeff", "\u180e", "\x1b", "\x7f"}) {
    EXPECT_EQ(strip_white_space(text), text);
  }
  const std::string_view nul("\0", 1);
  EXPECT_EQ(strip_white_space(nul), nul);
}

TEST(Text, TakesNoPartOfACharacterForWhiteSpace) {
  // Their last bytes are 0x85 and 0xA0, which alone would be white in Latin-1.
  for (const std::string_view text : {"\u0445", "\u00e0", "\u4e00"}) {
    EXPECT_EQ(strip_white_space(text), text);
  }
}

TEST(Text, MeasuresTheWhiteSpaceInFront) {
  EXPECT_EQ(leading_white_space("a "), 0U);
  EXPECT_EQ(leading_white_space("\n\u3000 a "), 5U);
  EXPECT_EQ(leading_white_space(" \n"), 2U);
}

TEST(Text, CountsCodePoints) {
  EXPECT_EQ(count_characters(""), 0U);
  EXPECT_EQ(count_characters("na\u00efve"), 5U);
  EXPECT_EQ(count_characters("\u65e5\u672c"), 2U);
  EXPECT_EQ(count_characters("\U0001F469\u200D\U0001F52C"), 3U);
}

TEST(Rounding, PrefersTheEvenOfTwo) {
  EXPECT_EQ(round_half_even(0.5), 0);
  EXPECT_EQ(round_half_even(1.5), 2);
  EXPECT_EQ(round_half_even(2.5), 2);
  EXPECT_EQ(round_half_even(2.5000000000000004), 3);
  EXPECT_EQ(round_half_even(-1.5), -2);
}

}  // namespace
}  // namespace sotto
