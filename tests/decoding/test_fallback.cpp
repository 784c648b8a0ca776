// What an attempt at another temperature draws: something else than the attempt before it, and the
// same in every run.
#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "decoding/made_vocabulary.h"
#include "run/decoding/fallback.h"
#include "run/decoding/transcribe.h"
#include "support/scripted_windows.h"

namespace sotto::test {
namespace {

using Tokens = std::vector<TokenId>;

constexpr std::size_t kDrawn = 12;     // letters of each attempt
constexpr std::int64_t kWindow = 100;  // mel frames of the recordings' second window

/// Any letter is as likely as any other, until there are twelve of them.
std::vector<float> any_letter(const Tokens& tokens) {
  const auto first = std::find(tokens.rbegin(), tokens.rend(), kNoTimestamps);
  if (static_cast<std::size_t>(first - tokens.rbegin()) >= kDrawn) return favouring(kEndOfText, 99);
  std::vector<float> logits(static_cast<std::size_t>(kMultilingual), 0.0F);
  for (TokenId letter = 'a'; letter <= 'z'; ++letter) {
    logits[static_cast<std::size_t>(letter)] = 99;
  }
  return logits;
}

/// No attempt is good enough, and all have the same temperature: they can differ by their seed
/// alone.
TranscribeOptions attempts(std::size_t count, std::uint64_t seed = 0) {
  TranscribeOptions options;
  options.language = "en";
  options.temperatures.assign(count, 1.0);
  options.compression_ratio_threshold = 0;
  options.no_speech_threshold.reset();
  options.condition_on_previous_text = false;
  options.decoding.without_timestamps = true;
  options.decoding.seed = seed;
  return options;
}

/// What each attempt at each window draws, in order.
std::vector<Tokens> drawn(const TranscribeOptions& options, std::int64_t frames = 3000) {
  static const Tokenizer tokenizer = made_tokenizer();
  std::vector<Tokens> texts;
  ScriptedWindows audio(frames, [&](std::int64_t, const Tokens& tokens) {
    const auto logits = any_letter(tokens);
    if (logits[static_cast<std::size_t>(kEndOfText)] > 0) {
      texts.emplace_back(tokens.end() - kDrawn, tokens.end());
    }
    return logits;
  });
  (void)transcribe(audio, tokenizer, options);
  return texts;
}

TEST(Fallback, EachAttemptDrawsForItself) {
  const auto texts = drawn(attempts(6));
  ASSERT_EQ(texts.size(), 6U);
  EXPECT_EQ(std::set<Tokens>(texts.begin(), texts.end()).size(), 6U);
}

TEST(Fallback, EachWindowDrawsForItself) {
  const auto texts = drawn(attempts(6), 3000 + kWindow);
  ASSERT_EQ(texts.size(), 12U);
  EXPECT_EQ(std::set<Tokens>(texts.begin(), texts.end()).size(), 12U);
}

TEST(Fallback, DrawsTheSameInEveryRun) {
  EXPECT_EQ(drawn(attempts(6), 3000 + kWindow), drawn(attempts(6), 3000 + kWindow));
}

TEST(Fallback, DrawsByTheSeed) {
  EXPECT_EQ(drawn(attempts(3, 7)), drawn(attempts(3, 7)));
  EXPECT_NE(drawn(attempts(3, 7)), drawn(attempts(3, 8)));
}

// So a further temperature changes nothing of what those before it draw.
TEST(Fallback, AnAttemptsDrawDependsOnThoseBeforeItAlone) {
  const auto texts = drawn(attempts(6));
  for (std::size_t count = 1; count < texts.size(); ++count) {
    const std::vector<Tokens> first(texts.begin(), texts.begin() + static_cast<long>(count));
    EXPECT_EQ(drawn(attempts(count)), first);
  }
}

}  // namespace
}  // namespace sotto::test
