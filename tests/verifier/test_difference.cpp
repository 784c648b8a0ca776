#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "run/verifier/difference.h"

namespace sotto {
namespace {

using Values = std::vector<float>;
using Tokens = std::vector<TokenId>;

TEST(CompareNumbers, FindsTheLargestDifference) {
  const auto found = compare_numbers("x", Values{1, -8, 3}, Values{1.5F, -8, 1});
  EXPECT_DOUBLE_EQ(found.largest, 2);
  EXPECT_DOUBLE_EQ(found.largest_value, 8);
  EXPECT_DOUBLE_EQ(found.relative(), 0.25);
}

TEST(CompareNumbers, GivesZeroForEqualOnes) {
  const auto found = compare_numbers("x", Values{0, 0}, Values{0, 0});
  EXPECT_EQ(found.largest, 0);
  EXPECT_EQ(found.relative(), 0);
}

TEST(CompareNumbers, NoticesWhatIsNotFinite) {
  const float nan = std::nanf("");
  EXPECT_TRUE(std::isinf(compare_numbers("x", Values{1}, Values{nan}).largest));
  EXPECT_TRUE(std::isinf(compare_numbers("x", Values{nan, 1}, Values{2, 1}).largest));
  EXPECT_TRUE(std::isinf(compare_numbers("x", Values{0}, Values{1}).relative()));
}

TEST(CompareNumbers, RefusesDifferentLengths) {
  EXPECT_THROW(static_cast<void>(compare_numbers("x", Values{1}, Values{1, 2})), Error);
}

TEST(CompareTexts, SurroundingSpacesDoNotCount) {
  EXPECT_EQ(compare_texts(" And so", "And so "), TextMatch::equal);
  EXPECT_EQ(compare_texts("", "  "), TextMatch::equal);
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

/// The columns as text: "1=1 2/- -/3 4/5".
std::string columns(const Tokens& a, const Tokens& b) {
  std::string text;
  const auto show = [](const std::optional<TokenId>& token) {
    return token ? std::to_string(*token) : "-";
  };
  for (const auto& column : align(a, b)) {
    if (!text.empty()) text.append(" ");
    text.append(show(column.baseline)).append(column.equal() ? "=" : "/");
    text.append(show(column.artifacts));
  }
  return text;
}

TEST(Align, LaysEqualTokensUnderEachOther) {
  EXPECT_EQ(columns({1, 2, 3}, {1, 2, 3}), "1=1 2=2 3=3");
  EXPECT_EQ(columns({1, 2, 3}, {1, 9, 2, 3}), "1=1 -/9 2=2 3=3");
  EXPECT_EQ(columns({1, 2, 3}, {1, 3}), "1=1 2/- 3=3");
  EXPECT_EQ(columns({1, 2, 3}, {1, 9, 3}), "1=1 2/9 3=3");
  EXPECT_EQ(columns({}, {7}), "-/7");
  EXPECT_EQ(columns({}, {}), "");
}

}  // namespace
}  // namespace sotto
