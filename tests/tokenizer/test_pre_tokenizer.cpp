#include <gtest/gtest.h>

#include "run/tokenizer/pre_tokenizer.h"

namespace sotto::test {
namespace {

using Pieces = std::vector<std::string>;

Pieces split(const std::string& text) {
  static const PreTokenizer pre_tokenizer;
  Pieces pieces;
  pre_tokenizer.split(text, [&](std::string_view piece) { pieces.emplace_back(piece); });
  return pieces;
}

TEST(PreTokenizer, KeepsTheSpaceBeforeAWord) {
  EXPECT_EQ(split(""), Pieces{});
  EXPECT_EQ(split("Hello there 12 times!"), (Pieces{"Hello", " there", " 12", " times", "!"}));
  EXPECT_EQ(split("abc123-def"), (Pieces{"abc", "123", "-", "def"}));
  EXPECT_EQ(split("你好 世界。"), (Pieces{"你好", " 世界", "。"}));
}

TEST(PreTokenizer, CutsContractionsOffInLowerCaseOnly) {
  EXPECT_EQ(split("it's we'll I'M"), (Pieces{"it", "'s", " we", "'ll", " I", "'", "M"}));
}

TEST(PreTokenizer, LeavesTheLastOfSeveralSpacesToTheWord) {
  EXPECT_EQ(split("a   b"), (Pieces{"a", "  ", " b"}));
  EXPECT_EQ(split("a \n b  "), (Pieces{"a", " \n", " b", "  "}));
  EXPECT_EQ(split("a\n\nb"), (Pieces{"a", "\n", "\n", "b"}));
  EXPECT_EQ(split("a\u00a0\u00a0b"), (Pieces{"a", "\u00a0", "\u00a0", "b"}));
}

TEST(PreTokenizer, WhiteSpaceIsUnicodesAndNoMore) {
  for (const std::string space : {"\t", "\v", "\f", "\r", "\u0085", "\u00a0", "\u1680", "\u2003",
                                  "\u2028", "\u202f", "\u205f", "\u3000"}) {
    EXPECT_EQ(split("a" + space + "b"), (Pieces{"a", space, "b"})) << space;
  }
  for (const std::string sign : {"\x1c", "\x1f", "\u180e", "\u200b", "\u2060", "\ufeff"}) {
    EXPECT_EQ(split("a " + sign + "b"), (Pieces{"a", " " + sign, "b"})) << sign;
  }
}

TEST(PreTokenizer, CombiningMarksAreNeitherLettersNorNumbers) {
  EXPECT_EQ(split("e\u0301te"), (Pieces{"e", "\u0301", "te"}));
  EXPECT_EQ(split("हिन्दी"), (Pieces{"ह", "ि", "न", "्", "द", "ी"}));
}

TEST(PreTokenizer, KnowsNumbersOfAllScripts) {
  EXPECT_EQ(split("٣٤ ①② ½Ⅷ"), (Pieces{"٣٤", " ①②", " ½Ⅷ"}));
}

TEST(PreTokenizer, KnowsTheLettersAndNumbersOfUnicode16) {
  // A Garay letter and digit (16.0), a CJK ideograph of extension I (15.1), a Kawi letter (15.0).
  EXPECT_EQ(split("a\U00010D50"), Pieces{"a\U00010D50"});
  EXPECT_EQ(split("1\U00010D41"), Pieces{"1\U00010D41"});
  EXPECT_EQ(split("一\U0002EBF0"), Pieces{"一\U0002EBF0"});
  EXPECT_EQ(split("a\U00011F04"), Pieces{"a\U00011F04"});
}

TEST(PreTokenizer, PiecesMakeUpLongText) {
  const std::string spaces(3'000'000, ' ');
  const Pieces pieces = split(std::string(1'000'000, 'a') + spaces + "x");
  ASSERT_EQ(pieces.size(), 3U);
  EXPECT_EQ(pieces[1].size(), spaces.size() - 1);
  EXPECT_EQ(pieces[2], " x");
}

}  // namespace
}  // namespace sotto::test
