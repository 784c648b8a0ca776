#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

#include "core/base/error.h"
#include "decoding/made_vocabulary.h"
#include "run/decoding/compression_ratio.h"
#include "run/decoding/decode.h"
#include "run/decoding/initial_tokens.h"
#include "run/decoding/last_tokens.h"
#include "run/decoding/probabilities.h"
#include "support/scripted_session.h"

namespace sotto::test {
namespace {

using Tokens = std::vector<TokenId>;
using testing::ElementsAre;

/// English, without timestamps: the initial tokens are the four of the plain prompt.
DecodeOptions plain_options() {
  DecodeOptions options;
  options.language = kEnglish;
  options.without_timestamps = true;
  return options;
}

constexpr std::size_t kPrompt = 4;

/// Probabilities of the next token after a sampled text, spread over a few tokens; the rest of the
/// probability goes to a token that is suppressed anyway.
using Distribution = std::map<TokenId, double>;

std::vector<float> logits_of(const Distribution& distribution) {
  std::vector<float> logits(static_cast<std::size_t>(kMultilingual), kForbidden);
  double rest = 1;
  for (const auto& [token, probability] : distribution) {
    logits[static_cast<std::size_t>(token)] = static_cast<float>(std::log(probability));
    rest -= probability;
  }
  if (rest > 0) logits[300] = static_cast<float>(std::log(rest));
  return logits;
}

/// A session that answers by what was sampled after the prompt.
ScriptedSession session_of(std::function<Distribution(const Tokens& sampled)> answer) {
  return {448, [answer = std::move(answer)](const Tokens& tokens) {
            const std::size_t prompt = std::min(tokens.size(), kPrompt);
            return logits_of(
                answer({tokens.begin() + static_cast<std::ptrdiff_t>(prompt), tokens.end()}));
          }};
}

/// Greedy takes A (0.6) and then ends at 0.1; the better text as a whole is B (0.4), end (0.9).
Distribution garden_path(const Tokens& sampled) {
  if (sampled.empty()) return {{'A', 0.6}, {'B', 0.4}};
  if (sampled.back() == 'A') return {{kEndOfText, 0.28}, {'C', 0.26}, {'D', 0.24}, {'E', 0.22}};
  if (sampled.back() == 'B') return {{kEndOfText, 0.9}, {'C', 0.1}};
  return {{kEndOfText, 0.5}, {'F', 0.5}};
}

TEST(Decode, GreedyTakesTheLikeliestTokenEachTime) {
  auto session = session_of(garden_path);
  const DecodeResult result = decode(session, tokenizer(), plain_options());
  EXPECT_THAT(result.tokens, ElementsAre('A'));
  EXPECT_EQ(result.text, "A");
  EXPECT_NEAR(result.avg_logprob, (std::log(0.6) + std::log(0.28)) / 2, 1e-6);
  EXPECT_EQ(result.temperature, 0);
  EXPECT_THAT(session.prefills,
              ElementsAre(ElementsAre(kStart, kEnglish, kTranscribe, kNoTimestamps)));
}

TEST(Decode, BeamsFindABetterTextThanGreedy) {
  auto session = session_of(garden_path);
  DecodeOptions options = plain_options();
  options.beam_size = 2;
  const DecodeResult result = decode(session, tokenizer(), options);
  EXPECT_THAT(result.tokens, ElementsAre('B'));
  EXPECT_NEAR(result.avg_logprob, (std::log(0.4) + std::log(0.9)) / 2, 1e-6);
}

TEST(Decode, PatienceWaitsForMoreTexts) {
  // After two texts have ended, a third that is better per token is still on its way.
  const auto answer = [](const Tokens& sampled) -> Distribution {
    if (sampled.empty()) return {{'A', 0.6}, {'B', 0.4}};
    if (sampled.size() == 1) return {{kEndOfText, 0.6}, {'C', 0.4}};
    if (sampled.size() < 6) return {{'C', 1.0}};
    return {{kEndOfText, 1.0}};
  };
  DecodeOptions options = plain_options();
  options.beam_size = 2;
  options.patience = 0.5;  // one text is enough, and the best unfinished row joins it
  auto hasty = session_of(answer);
  EXPECT_THAT(decode(hasty, tokenizer(), options).tokens, ElementsAre('A', 'C'));
  options.patience = 2;
  auto patient = session_of(answer);
  EXPECT_EQ(decode(patient, tokenizer(), options).tokens.size(), 6U);
}

TEST(Decode, ALengthPenaltyOfZeroComparesSums) {
  const auto answer = [](const Tokens& sampled) -> Distribution {
    if (sampled.empty()) return {{'A', 0.55}, {'B', 0.45}};
    if (sampled.back() == 'A') return {{kEndOfText, 1.0}};
    if (sampled.size() < 4) return {{'B', 0.99}};
    return {{kEndOfText, 0.99}};
  };
  DecodeOptions options = plain_options();
  options.beam_size = 2;
  auto by_length = session_of(answer);
  EXPECT_THAT(decode(by_length, tokenizer(), options).tokens, ElementsAre('B', 'B', 'B', 'B'));
  options.length_penalty = 0;
  auto by_sum = session_of(answer);
  EXPECT_THAT(decode(by_sum, tokenizer(), options).tokens, ElementsAre('A'));
}

TEST(Decode, SamplingFollowsTheProbabilitiesAndTheSeed) {
  const auto answer = [](const Tokens& sampled) -> Distribution {
    if (sampled.empty()) return {{'A', 0.7}, {'B', 0.3}};
    return {{kEndOfText, 1.0}};
  };
  DecodeOptions options = plain_options();
  options.temperature = 1;
  const auto draw = [&](std::uint64_t seed) {
    auto session = session_of(answer);
    options.seed = seed;
    return decode(session, tokenizer(), options).tokens.front();
  };
  constexpr int kDraws = 300;
  int a = 0;
  for (int seed = 0; seed < kDraws; ++seed) {
    const TokenId drawn = draw(static_cast<std::uint64_t>(seed));
    ASSERT_EQ(drawn, draw(static_cast<std::uint64_t>(seed)));
    a += drawn == 'A' ? 1 : 0;
  }
  EXPECT_NEAR(a, 0.7 * kDraws, 4 * std::sqrt(0.7 * 0.3 * kDraws));
}

TEST(Decode, TheBestOfSeveralSamplesWins) {
  DecodeOptions options = plain_options();
  options.temperature = 1;
  options.best_of = 20;
  auto session = session_of([](const Tokens& sampled) -> Distribution {
    if (sampled.empty()) return {{'A', 0.5}, {'B', 0.3}, {'C', 0.2}};
    return {{kEndOfText, 1.0}};
  });
  EXPECT_THAT(decode(session, tokenizer(), options).tokens, ElementsAre('A'));
}

TEST(Decode, StopsAtTheLengthOfTheSample) {
  auto session = session_of([](const Tokens&) -> Distribution { return {{'A', 1.0}}; });
  DecodeOptions options = plain_options();
  EXPECT_EQ(decode(session, tokenizer(), options).tokens.size(), 224U);
  options.sample_len = 3;
  EXPECT_EQ(decode(session, tokenizer(), options).tokens.size(), 3U);
}

TEST(Decode, StopsWhereTheContextIsFull) {
  ScriptedSession session(10, [](const Tokens&) { return favouring('A'); });
  DecodeOptions options = plain_options();
  options.sample_len = 100;
  // Ten tokens fit, and the answer to the tenth is sampled still.
  EXPECT_EQ(decode(session, tokenizer(), options).tokens.size(), 7U);
}

TEST(Decode, ReadsTheProbabilityOfSilenceAtTheStart) {
  ScriptedSession session(448, [](const Tokens& tokens) {
    if (tokens.back() == kStart) return logits_of({{kNoSpeech, 0.8}, {'A', 0.2}});
    if (tokens.size() == 7) return logits_of({{'A', 1.0}});
    return logits_of({{kEndOfText, 1.0}});
  });
  DecodeOptions options = plain_options();
  options.prompt = {'x', 'y'};
  EXPECT_NEAR(decode(session, tokenizer(), options).no_speech_prob, 0.8, 1e-6);
}

TEST(Decode, RefusesBrokenLogits) {
  ScriptedSession session(448, [](const Tokens&) {
    return std::vector<float>(static_cast<std::size_t>(kMultilingual), std::nanf(""));
  });
  EXPECT_THROW((void)decode(session, tokenizer(), plain_options()), Error);
  ScriptedSession short_answer(448, [](const Tokens&) { return std::vector<float>(10, 0.0F); });
  EXPECT_THROW((void)decode(short_answer, tokenizer(), plain_options()), Error);
}

TEST(Decode, RefusesOptionsThatContradictEachOther) {
  auto session = session_of(garden_path);
  const auto expect_refusal = [&](auto change) {
    DecodeOptions options = plain_options();
    change(options);
    EXPECT_THROW((void)decode(session, tokenizer(), options), Error);
  };
  expect_refusal([](DecodeOptions& options) { options.beam_size = options.best_of = 5; });
  expect_refusal([](DecodeOptions& options) { options.best_of = 5; });
  expect_refusal([](DecodeOptions& options) { options.patience = 2; });
  expect_refusal([](DecodeOptions& options) { options.length_penalty = 1.5; });
  expect_refusal([](DecodeOptions& options) { options.beam_size = 0; });
  expect_refusal([](DecodeOptions& options) { options.language.reset(); });
}

Tokens initial(const DecodeOptions& options) {
  return initial_tokens(special_tokens(kMultilingual), 448, options).tokens;
}

TEST(InitialTokens, PutThePromptInFront) {
  DecodeOptions options = plain_options();
  options.without_timestamps = false;
  options.prompt = {1, 2};
  options.prefix = {3};
  const InitialTokens found = initial_tokens(special_tokens(kMultilingual), 448, options);
  EXPECT_THAT(found.tokens, ElementsAre(kPrevious, 1, 2, kStart, kEnglish, kTranscribe, 3));
  EXPECT_EQ(found.start, 3U);
}

TEST(InitialTokens, CutALongPromptAtItsBeginning) {
  DecodeOptions options = plain_options();
  for (TokenId i = 0; i < 300; ++i) options.prompt.push_back(i);
  const Tokens tokens = initial(options);
  EXPECT_EQ(tokens.size(), 1 + 223 + kPrompt);
  EXPECT_EQ(tokens[1], 77);
}

TEST(InitialTokens, AShortSampleCutsThePrefix) {
  DecodeOptions options = plain_options();
  options.prefix = {1, 2, 3, 4};
  options.sample_len = 222;
  EXPECT_THAT(initial(options), ElementsAre(kStart, kEnglish, kTranscribe, kNoTimestamps, 3, 4));
}

TEST(InitialTokens, MustFitTheContext) {
  DecodeOptions options = plain_options();
  options.prefix.assign(445, 1);
  EXPECT_THROW((void)initial(options), Error);
}

TEST(InitialTokens, OfAnEnglishOnlyModelAreShort) {
  DecodeOptions options;
  EXPECT_THAT(initial_tokens(special_tokens(51864), 448, options).tokens, ElementsAre(50257));
}

TEST(LastTokens, SlicesAsPython) {
  const Tokens tokens{1, 2, 3};
  EXPECT_THAT(last_tokens(tokens, 2), ElementsAre(2, 3));
  EXPECT_THAT(last_tokens(tokens, 5), ElementsAre(1, 2, 3));
  EXPECT_THAT(last_tokens(tokens, 0), ElementsAre(1, 2, 3));
  EXPECT_THAT(last_tokens(tokens, -1), ElementsAre(2, 3));
  EXPECT_THAT(last_tokens(tokens, -7), ElementsAre());
}

TEST(CompressionRatio, IsZlibs) {
  EXPECT_EQ(compression_ratio(""), 0);
  // len(text) / len(zlib.compress(text)) in Python.
  EXPECT_DOUBLE_EQ(compression_ratio("a"), 1.0 / 9);
  EXPECT_DOUBLE_EQ(compression_ratio(std::string(1000, 'a')), 1000.0 / 17);
}

/// Against std::exp in double, over all of a vocabulary and beyond what exp can hold.
TEST(Probabilities, AreExactToFloat32) {
  for (const double spread : {0.01, 1.0, 30.0, 400.0}) {
    std::vector<float> logits;
    for (int i = 0; i < kMultilingual; ++i) {
      logits.push_back(static_cast<float>(spread * std::sin(i * 0.7) * std::cos(i * 0.013)));
    }
    const double largest = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - largest);
    EXPECT_NEAR(log_sum_exp(logits), largest + std::log(sum), 2e-7) << spread;
  }
}

TEST(Probabilities, RefuseWhatIsNoNumber) {
  for (const std::size_t place : {0U, 5U, 100U, 102U}) {
    for (const float broken : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
      std::vector<float> logits(103, 1.0F);
      logits[place] = broken;
      EXPECT_THROW((void)log_sum_exp(logits), Error) << place << " " << broken;
    }
  }
}

TEST(Probabilities, SumToOne) {
  const std::vector<float> logits{0.5F, -2.0F, kForbidden, 3.0F};
  std::vector<float> found(logits.size());
  log_softmax(logits, found);
  double sum = 0;
  for (const float value : found) sum += std::exp(static_cast<double>(value));
  EXPECT_NEAR(sum, 1, 1e-6);
  EXPECT_EQ(found[2], kForbidden);
  EXPECT_EQ(found[3], log_probability(logits, 3));
  EXPECT_NEAR(log_sum_exp(logits), std::log(std::exp(0.5) + std::exp(-2.0) + std::exp(3.0)), 1e-6);
  EXPECT_EQ(log_sum_exp(std::vector<float>{kForbidden, kForbidden}),
            -std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace sotto::test
