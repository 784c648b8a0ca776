#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "core/base/error.h"
#include "run/decoding/probabilities.h"

namespace sotto {
namespace {

TEST(ArgMax, TakesTheLargest) {
  EXPECT_EQ(arg_max(std::vector<float>{0.5F, 3.0F, -1.0F}), 1);
  EXPECT_EQ(arg_max(std::vector<float>{-2.0F}), 0);
}

TEST(ArgMax, TakesTheFirstOfEqualOnes) {
  EXPECT_EQ(arg_max(std::vector<float>{1.0F, 3.0F, 3.0F, 3.0F}), 1);
  const float low = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(arg_max(std::vector<float>{low, low}), 0);
}

TEST(ArgMax, RefusesNan) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(static_cast<void>(arg_max(std::vector<float>{nan, 1.0F})), Error);
  EXPECT_THROW(static_cast<void>(arg_max(std::vector<float>{1.0F, nan})), Error);
}

/// Many values alike, so that ties are where they can be.
std::vector<float> made_logits(std::size_t count, unsigned seed) {
  std::vector<float> logits;
  for (std::size_t i = 0; i < count; ++i) {
    seed = seed * 1664525U + 1013904223U;
    logits.push_back(static_cast<float>(seed >> 24U) / 16 - 8);
  }
  return logits;
}

TEST(ArgMax, IsThatOfTheStandardLibraryAtAnyLength) {
  for (std::size_t count = 1; count < 200; ++count) {
    const auto logits = made_logits(count, static_cast<unsigned>(count));
    const auto expected = std::max_element(logits.begin(), logits.end());
    EXPECT_EQ(arg_max(logits), expected - logits.begin()) << count;
    EXPECT_EQ(largest_logit(logits), *expected) << count;
  }
}

TEST(ArgMax, NamesTheFirstNanWhereverItIs) {
  for (std::size_t place = 0; place < 103; ++place) {
    std::vector<float> logits(103, 1.0F);
    logits[place] = logits.back() = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(largest_logit(logits)));
    try {
      static_cast<void>(arg_max(logits));
      FAIL() << place;
    } catch (const Error& error) {
      EXPECT_NE(error.message().find(concat("token ", place, ":")), std::string::npos);
    }
  }
}

TEST(LikeliestToken, IsArgMaxAndItsProbability) {
  for (const std::size_t count : {1U, 5U, 64U, 1000U, 51865U}) {
    const auto logits = made_logits(count, 7);
    const LikeliestToken likeliest = likeliest_token(logits);
    EXPECT_EQ(likeliest.token, arg_max(logits));
    EXPECT_EQ(likeliest.log_probability,
              log_probability(logits, static_cast<std::size_t>(likeliest.token)));
  }
}

/// What is left out makes no difference to std::partial_sort, ties included.
TEST(LeadingTokens, AreWhatASelectionKeeps) {
  for (const std::size_t count : {1U, 2U, 6U, 11U}) {
    for (const std::size_t size : {11U, 40U, 51865U}) {
      const auto values = made_logits(size, static_cast<unsigned>(count));
      const auto order = [](const RankedToken& a, const RankedToken& b) {
        return a.value > b.value;
      };
      std::vector<RankedToken> all, leading;
      for (std::size_t i = 0; i < size; ++i) {
        all.push_back({values[i], static_cast<TokenId>(i)});
      }
      leading_tokens(values, count, leading);
      ASSERT_GE(leading.size(), count);
      const auto kept = static_cast<std::ptrdiff_t>(count);
      std::partial_sort(all.begin(), all.begin() + kept, all.end(), order);
      std::partial_sort(leading.begin(), leading.begin() + kept, leading.end(), order);
      for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(leading[i].token, all[i].token) << size;
    }
  }
}

}  // namespace
}  // namespace sotto
