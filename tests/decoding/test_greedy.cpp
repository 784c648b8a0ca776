#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "core/base/error.h"
#include "run/decoding/greedy.h"
#include "support/scripted_session.h"

namespace sotto {
namespace {

using test::ScriptedSession;
using testing::ElementsAre;

constexpr std::size_t kVocabulary = 51865;

std::vector<float> favouring(TokenId token) {
  std::vector<float> logits(kVocabulary, -1.0F);
  logits[static_cast<std::size_t>(token)] = 1.0F;
  return logits;
}

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

TEST(PlainPrompt, NamesLanguageAndTask) {
  EXPECT_THAT(plain_prompt(special_tokens(51865), 50260), ElementsAre(50258, 50260, 50359, 50363));
  EXPECT_THAT(plain_prompt(special_tokens(51866), 50259), ElementsAre(50258, 50259, 50360, 50364));
}

TEST(PlainPrompt, OfAnEnglishOnlyModelIsShort) {
  EXPECT_THAT(plain_prompt(special_tokens(51864), 0), ElementsAre(50257, 50362));
}

TEST(DecodeGreedily, GoesOnUntilTheEndOfText) {
  const std::vector<TokenId> script{2221, 13, 2326, 50257};
  const std::vector<TokenId> prompt{50258, 50259, 50359, 50363};
  ScriptedSession session(
      448, [&](const auto& tokens) { return favouring(script.at(tokens.size() - prompt.size())); });
  EXPECT_THAT(decode_greedily(session, prompt, 50257),
              ElementsAre(50258, 50259, 50359, 50363, 2221, 13, 2326, 50257));
  EXPECT_THAT(session.prefills, ElementsAre(prompt));
  EXPECT_EQ(session.steps, 3);
}

TEST(DecodeGreedily, StopsWhenTheContextIsFull) {
  ScriptedSession session(7, [](const auto&) { return favouring(11); });
  const std::vector<TokenId> prompt{50258, 50259, 50359, 50363};
  EXPECT_THAT(decode_greedily(session, prompt, 50257),
              ElementsAre(50258, 50259, 50359, 50363, 11, 11, 11));
}

TEST(DecodeGreedily, AsksNothingWhenThePromptFillsTheContext) {
  ScriptedSession session(4, [](const auto&) { return favouring(11); });
  const std::vector<TokenId> prompt{50258, 50259, 50359, 50363};
  EXPECT_EQ(decode_greedily(session, prompt, 50257), prompt);
  EXPECT_TRUE(session.prefills.empty());
}

TEST(DetectLanguage, LooksAtLanguageTokensAlone) {
  // A text token is far more likely than any language: it must not count.
  ScriptedSession session(448, [](const auto&) {
    std::vector<float> logits(kVocabulary, -5.0F);
    logits[100] = 20.0F;
    logits[50260] = 3.0F;
    logits[50358] = 10.0F;  // translate, the first token behind the languages
    logits[50258] = 10.0F;  // start of transcript, the last one before them
    return logits;
  });
  EXPECT_EQ(detect_language(session, special_tokens(51865)), 50260);
  EXPECT_THAT(session.prefills, ElementsAre(ElementsAre(50258)));
}

TEST(DetectLanguage, ReachesTheLastLanguage) {
  ScriptedSession session(448, [](const auto&) { return favouring(50357); });
  EXPECT_EQ(detect_language(session, special_tokens(51865)), 50357);
}

TEST(DetectLanguage, RefusesAnEnglishOnlyModel) {
  ScriptedSession session(448, [](const auto&) { return favouring(0); });
  EXPECT_THROW(static_cast<void>(detect_language(session, special_tokens(51864))), Error);
}

TEST(DetectLanguage, RefusesTooFewLogits) {
  ScriptedSession session(448, [](const auto&) { return std::vector<float>(100, 0.0F); });
  EXPECT_THROW(static_cast<void>(detect_language(session, special_tokens(51865))), Error);
}

}  // namespace
}  // namespace sotto
