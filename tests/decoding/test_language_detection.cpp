#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "decoding/made_vocabulary.h"
#include "run/decoding/language_detection.h"
#include "support/scripted_session.h"

namespace sotto {
namespace {

using test::favouring;
using test::ScriptedSession;
using testing::ElementsAre;

TEST(DetectLanguage, LooksAtLanguageTokensAlone) {
  // A text token is far more likely than any language: it must not count.
  ScriptedSession session(448, [](const auto&) {
    std::vector<float> logits(51865, -5.0F);
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
