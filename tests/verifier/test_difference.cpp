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
