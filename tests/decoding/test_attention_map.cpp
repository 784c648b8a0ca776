#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "core/base/error.h"
#include "run/decoding/attention_map.h"

namespace sotto {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::FloatNear;
using testing::Pointwise;

std::vector<float> filtered(std::vector<float> row) {
  median_filter(row);
  return row;
}

// What openai/whisper's median_filter() gives.
TEST(MedianFilter, LeavesShortRowsAlone) {
  EXPECT_THAT(filtered({}), ElementsAre());
  EXPECT_THAT(filtered({2, 9, 3}), ElementsAre(2, 9, 3));
}

TEST(MedianFilter, ContinuesARowByItsMirrorImage) {
  EXPECT_THAT(filtered({3, 1, 2, 5}), ElementsAre(2, 2, 2, 2));
  EXPECT_THAT(filtered({5, 1, 4, 2, 9, 0, 7, 3}), ElementsAre(2, 4, 2, 4, 3, 4, 3, 7));
}

TEST(MedianFilter, TakesOutASinglePeak) { EXPECT_THAT(filtered({1, 1, 1, 50, 1, 1, 1}), Each(1)); }

// Two heads, four tokens, eight places.
std::vector<float> patterned_scores() {
  std::vector<float> scores;
  for (int head = 0; head < 2; ++head) {
    for (int token = 0; token < 4; ++token) {
      for (int place = 0; place < 8; ++place) {
        scores.push_back(static_cast<float>((3 * head + 5 * token + 7 * place) % 11) / 2);
      }
    }
  }
  return scores;
}

TEST(AttentionMap, OfTheFirstPlacesIsTheReferences) {
  const std::vector<float> scores = patterned_scores();
  const AttentionMap map = attention_map({2, 4, 8, scores}, 6);
  EXPECT_EQ(map.tokens, 4);
  EXPECT_EQ(map.places, 6);
  const std::vector<float> expected{
      0.55499F,  -0.43224F, -0.43224F, -0.43224F, -0.43224F, -0.43224F, -0.79357F, -0.76154F,
      -0.76154F, -0.76154F, -0.76154F, -0.76154F, -0.14214F, -0.14214F, -0.14214F, -0.52417F,
      -0.52417F, -0.52417F, -0.35569F, -0.19931F, -0.19931F, 0.07965F,  0.07965F,  0.07965F};
  EXPECT_THAT(map.values, Pointwise(FloatNear(1e-5F), expected));
}

TEST(AttentionMap, LooksAtNoMorePlacesThanThereAre) {
  const std::vector<float> scores = patterned_scores();
  EXPECT_EQ(attention_map({2, 4, 8, scores}, 1500).places, 8);
  EXPECT_EQ(attention_map({2, 4, 8, scores}, 0).places, 1);
}

TEST(AttentionMap, WhereAllTokensAreAlikeTellsNothing) {
  const std::vector<float> alike(12, 2.5F);
  EXPECT_THAT(attention_map({1, 3, 4, alike}, 4).values, Each(0.0F));
  const std::vector<float> scores = patterned_scores();  // softmax of a single place is 1
  EXPECT_THAT(attention_map({2, 4, 8, scores}, 1).values, Each(0.0F));
}

TEST(AttentionMap, WhatIsNoNumberTellsNothing) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> broken(12, nan);
  EXPECT_THAT(attention_map({1, 3, 4, broken}, 4).values, Each(0.0F));
  const float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> scores = patterned_scores();
  scores[3] = infinity;
  scores[17] = -infinity;
  scores[40] = nan;
  for (const float value : attention_map({2, 4, 8, scores}, 8).values) {
    EXPECT_TRUE(std::isfinite(value));
  }
}

TEST(AttentionMap, RefusesScoresThatAreNotAsManyAsTheySay) {
  const std::vector<float> few(11);
  EXPECT_THROW(static_cast<void>(attention_map({1, 3, 4, few}, 4)), Error);
  EXPECT_THROW(static_cast<void>(attention_map({0, 3, 4, {}}, 4)), Error);
}

}  // namespace
}  // namespace sotto
