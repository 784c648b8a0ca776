#include <gtest/gtest.h>

#include "run/verifier/text_match.h"

namespace sotto {
namespace {

TEST(CompareTexts, SurroundingSpacesDoNotCount) {
  EXPECT_EQ(compare_texts(" And so", "And so "), TextMatch::equal);
  EXPECT_EQ(compare_texts("", "  "), TextMatch::equal);
  EXPECT_EQ(compare_texts("\xE3\x80\x80對我", "對我\n"), TextMatch::equal);  // U+3000
}

TEST(CompareTexts, TellsPunctuationFromWords) {
  EXPECT_EQ(compare_texts("my fellow Americans ask not", "my fellow Americans, ask not."),
            TextMatch::letters_equal);
  EXPECT_EQ(compare_texts("對我做了介紹我想說的是", "對我做了介紹,我想說的是。"),
            TextMatch::letters_equal);
  EXPECT_EQ(compare_texts("Straße ÖFFNEN", "straße — öffnen!"), TextMatch::letters_equal);
  EXPECT_EQ(compare_texts("Привет, Мир", "привет мир"), TextMatch::letters_equal);
  EXPECT_EQ(compare_texts("twenty-one", "twenty one"), TextMatch::letters_equal);
  EXPECT_EQ(compare_texts("one lamp", "two lamps"), TextMatch::different);
  EXPECT_EQ(compare_texts("對我", "对我"), TextMatch::different);
}

TEST(CompareTexts, KeepsSignsThatAreReadAloud) {
  EXPECT_EQ(compare_texts("10 %", "10"), TextMatch::different);
  EXPECT_EQ(compare_texts("$5", "5"), TextMatch::different);
}

TEST(CompareTexts, TakesAnyBytes) {
  EXPECT_EQ(compare_texts("\xff\xf0\x80", "\xff\xf0\x80"), TextMatch::equal);
  EXPECT_EQ(compare_texts("a\xe4", "a\xe4\xbd"), TextMatch::different);
}

}  // namespace
}  // namespace sotto
