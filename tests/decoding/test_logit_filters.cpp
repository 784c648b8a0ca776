#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "decoding/made_vocabulary.h"
#include "run/decoding/logit_filters.h"
#include "run/decoding/suppressed_tokens.h"

namespace sotto::test {
namespace {

using Tokens = std::vector<TokenId>;

class Filtered {
 public:
  Filtered(const LogitFilter& filter, const Tokens& sampled, std::vector<float> logits)
      : logits_(std::move(logits)) {
    filter.apply(logits_, sampled);
  }

  bool allows(TokenId token) const {
    return logits_[static_cast<std::size_t>(token)] != kForbidden;
  }

  /// The first and the last allowed timestamp, as indices; {-1, -1} for none.
  std::pair<int, int> timestamps() const {
    std::pair<int, int> range{-1, -1};
    for (int i = 0; i <= 1500; ++i) {
      if (!allows(kTimestamp + i)) continue;
      if (range.first < 0) range.first = i;
      range.second = i;
    }
    return range;
  }

 private:
  std::vector<float> logits_;
};

/// Text is far likelier than timestamps, so that only the rules on their order act.
std::vector<float> likely_text() {
  auto logits = favouring('a', 50);
  logits[static_cast<std::size_t>(kEndOfText)] = 50;
  return logits;
}

Filtered by_rules(const Tokens& sampled, std::optional<std::int64_t> last_initial = 50) {
  return {TimestampRules(special_tokens(kMultilingual), last_initial), sampled, likely_text()};
}

TEST(SuppressBlank, ForbidsASpaceAndTheEndAtFirstOnly) {
  const SuppressBlank filter(tokenizer());
  const Filtered first(filter, {}, favouring('a'));
  EXPECT_FALSE(first.allows(' '));
  EXPECT_FALSE(first.allows(kEndOfText));
  EXPECT_TRUE(first.allows('a'));
  const Filtered second(filter, {'a'}, favouring('a'));
  EXPECT_TRUE(second.allows(' '));
  EXPECT_TRUE(second.allows(kEndOfText));
}

TEST(SuppressTokens, ForbidsItsTokensAlways) {
  const SuppressTokens filter({7, 300});
  for (const Tokens& sampled : {Tokens{}, Tokens{'a', 'b'}}) {
    const Filtered filtered(filter, sampled, favouring('a'));
    EXPECT_FALSE(filtered.allows(7));
    EXPECT_FALSE(filtered.allows(300));
    EXPECT_TRUE(filtered.allows(8));
  }
}

TEST(SuppressedTokens, AlwaysHoldWhatSteersTheModel) {
  const Tokens steering{kStart, 50358, kTranscribe, 50360, kPrevious, kNoSpeech};
  EXPECT_EQ(suppressed_tokens(tokenizer(), Tokens{}), steering);
  EXPECT_THAT(suppressed_tokens(tokenizer(), Tokens{65}), testing::Contains(65));
}

TEST(SuppressedTokens, MinusOneStandsForSymbols) {
  const Tokens tokens = suppressed_tokens(tokenizer(), Tokens{-1});
  for (const char symbol : std::string("\"#()*+/:;<=>@[\\]^_`{|}~")) {
    EXPECT_THAT(tokens, testing::Contains(static_cast<TokenId>(symbol))) << symbol;
  }
  for (const char spoken : std::string(".,?!%&$")) {
    EXPECT_THAT(tokens, testing::Not(testing::Contains(static_cast<TokenId>(spoken)))) << spoken;
  }
}

TEST(SuppressedTokens, RefusesAnIdOutsideOfTheVocabulary) {
  EXPECT_THROW((void)suppressed_tokens(tokenizer(), Tokens{51865}), Error);
  EXPECT_THROW((void)suppressed_tokens(tokenizer(), Tokens{-2}), Error);
}

TEST(TimestampRules, TheTextBeginsWithAnEarlyTimestamp) {
  const Filtered filtered = by_rules({});
  EXPECT_FALSE(filtered.allows('a'));
  EXPECT_FALSE(filtered.allows(kEndOfText));
  EXPECT_EQ(filtered.timestamps(), std::pair(0, 50));
  EXPECT_EQ(by_rules({}, std::nullopt).timestamps(), std::pair(0, 1500));
  EXPECT_EQ(by_rules({}, 0).timestamps(), std::pair(0, 0));
}

TEST(TimestampRules, NeverAllowNoTimestamps) {
  EXPECT_FALSE(by_rules({kTimestamp, 'a'}).allows(kNoTimestamps));
}

TEST(TimestampRules, AfterTheOpeningTimestampComesText) {
  const Filtered filtered = by_rules({kTimestamp + 10});
  EXPECT_TRUE(filtered.allows('a'));
  EXPECT_EQ(filtered.timestamps(), std::pair(-1, -1));
}

TEST(TimestampRules, AClosingTimestampIsLater) {
  const Filtered filtered = by_rules({kTimestamp + 10, 'a'});
  EXPECT_TRUE(filtered.allows('b'));
  EXPECT_EQ(filtered.timestamps(), std::pair(11, 1500));
}

TEST(TimestampRules, AfterAClosingTimestampComesAnotherOrTheEnd) {
  const Filtered filtered = by_rules({kTimestamp + 10, 'a', kTimestamp + 30});
  EXPECT_FALSE(filtered.allows('a'));
  EXPECT_TRUE(filtered.allows(kEndOfText));
  EXPECT_EQ(filtered.timestamps(), std::pair(30, 1500));
}

TEST(TimestampRules, AfterAPairComesText) {
  const Filtered filtered = by_rules({kTimestamp, 'a', kTimestamp + 30, kTimestamp + 30});
  EXPECT_TRUE(filtered.allows('a'));
  EXPECT_EQ(filtered.timestamps(), std::pair(-1, -1));
}

TEST(TimestampRules, NothingIsLeftAfterTheLastTimestampButText) {
  EXPECT_EQ(by_rules({kTimestamp + 1500, 'a'}).timestamps(), std::pair(-1, -1));
}

TEST(TimestampRules, LikelyTimestampsTogetherBeatEveryToken) {
  const TimestampRules rules(special_tokens(kMultilingual), 50);
  // 1490 timestamps at 0 have log Σ exp = log(1490) = 7.306.
  const Filtered together(rules, {kTimestamp + 10, 'a'}, favouring('b', 7.30F));
  EXPECT_FALSE(together.allows('b'));
  EXPECT_TRUE(together.allows(kTimestamp + 11));
  const Filtered not_quite(rules, {kTimestamp + 10, 'a'}, favouring('b', 7.31F));
  EXPECT_TRUE(not_quite.allows('b'));
}

Filtered heard_on(const Tokens& sampled) {
  return {HearOn(special_tokens(kMultilingual), 100), sampled, likely_text()};
}

TEST(HearOn, ForbidsTheEndBehindAPairBeforeItsTime) {
  EXPECT_FALSE(heard_on({kTimestamp, 'a', kTimestamp + 99, kTimestamp + 100}).allows(kEndOfText));
  EXPECT_TRUE(heard_on({kTimestamp, 'a', kTimestamp + 99, kTimestamp + 101}).allows(kEndOfText));
  EXPECT_TRUE(heard_on({kTimestamp, 'a', kTimestamp + 99, kTimestamp + 99}).allows('b'));
}

TEST(HearOn, LetsTheTextEndElsewhere) {
  EXPECT_TRUE(heard_on({}).allows(kEndOfText));
  EXPECT_TRUE(heard_on({kTimestamp}).allows(kEndOfText));
  EXPECT_TRUE(heard_on({kTimestamp, 'a'}).allows(kEndOfText));
  EXPECT_TRUE(heard_on({kTimestamp, 'a', kTimestamp + 30}).allows(kEndOfText));
  EXPECT_TRUE(
      heard_on({kTimestamp, 'a', kTimestamp + 30, kTimestamp + 30, 'b'}).allows(kEndOfText));
}

TEST(MakeFilters, FollowsTheOptions) {
  DecodeOptions options;
  EXPECT_EQ(make_filters(tokenizer(), options).size(), 3U);
  options.suppress_tokens.clear();
  options.suppress_blank = false;
  EXPECT_EQ(make_filters(tokenizer(), options).size(), 1U);
  options.speech_until = 20;
  EXPECT_EQ(make_filters(tokenizer(), options).size(), 2U);
  options.without_timestamps = true;
  EXPECT_TRUE(make_filters(tokenizer(), options).empty());
}

TEST(MakeFilters, AnInitialLimitOfZeroIsNone) {
  DecodeOptions options;
  options.suppress_tokens.clear();
  options.suppress_blank = false;
  options.max_initial_timestamp = 0.5;
  const auto limited = make_filters(tokenizer(), options);
  EXPECT_EQ(Filtered(*limited.front(), {}, likely_text()).timestamps(), std::pair(0, 25));
  options.max_initial_timestamp = 0;
  const auto unlimited = make_filters(tokenizer(), options);
  EXPECT_EQ(Filtered(*unlimited.front(), {}, likely_text()).timestamps(), std::pair(0, 1500));
}

}  // namespace
}  // namespace sotto::test
