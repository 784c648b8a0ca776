#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decoding/made_vocabulary.h"
#include "run/decoding/plain_decoding.h"
#include "support/scripted_session.h"

namespace sotto {
namespace {

using test::favouring;
using test::ScriptedSession;
using testing::ElementsAre;

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

}  // namespace
}  // namespace sotto
