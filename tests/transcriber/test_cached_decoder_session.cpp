#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "run/decoding/greedy.h"
#include "support/random_checkpoint.h"
#include "transcriber/decoder_duel.h"

// The decoder with a cache against the one without.

namespace sotto::test {
namespace {

TEST(StatefulDecoderSession, FillsTheContextTokenByToken) {
  DecoderPair pair(random_checkpoint(short_dims()));
  EncodedWindow window = pair.window(1);
  Duel duel(pair, Rival::cached, window, 1);
  duel.prefill(1, {0});
  for (int i = 1; i < 20; ++i) duel.step();
  EXPECT_THROW(duel.step(), Error);
  duel.prefill(20, {0, 7, 19});
  EXPECT_THROW(duel.step(), Error);
}

TEST(StatefulDecoderSession, PrefillsEveryLength) {
  DecoderPair pair(random_checkpoint(small_dims()));
  EncodedWindow window = pair.window(2);
  Duel duel(pair, Rival::cached, window, 2);
  for (const std::size_t length : {4U, 1U, 3U, 9U, 17U, 40U, 49U, 65U, 228U, 448U}) {
    duel.prefill(length, {length / 3, length - 1});
    if (length < 448) duel.step();
  }
}

TEST(StatefulDecoderSession, FollowsRowsThatRepeatAndGo) {
  DecoderPair pair(random_checkpoint(small_dims(), 5));
  EncodedWindow window = pair.window(3);
  Duel duel(pair, Rival::cached, window, 3);
  duel.prefill(4, {0, 1, 2, 3});
  duel.wander(5, 12);
  duel.wander(2, 4);
  duel.wander(9, 4);  // more rows than any step before: the cache grows under its contents
  duel.wander(1, 2);
  duel.reorder({0, 0, 0});
  duel.step();
  duel.step();
  duel.prefill(6, {5});  // forgets it all
  duel.wander(5, 3);
}

TEST(StatefulDecoderSession, ServesWindowAfterWindow) {
  DecoderPair pair(random_checkpoint(small_dims(), 6), 30);
  for (std::uint64_t turn = 0; turn < 3; ++turn) {
    EncodedWindow window = pair.window(turn);
    Duel duel(pair, Rival::cached, window, turn);
    duel.prefill(5 + turn, {0, 4});
    duel.wander(3 + turn, 5);
  }
}

TEST(StatefulDecoderSession, DecodesGreedilyAsTheFullOneDoes) {
  DecoderPair pair(random_checkpoint(short_dims(), 9));
  EncodedWindow window = pair.window(4);
  const std::vector<TokenId> prompt{3, 1, 4};
  const auto full = decode_greedily(*pair.full_session(window), prompt, 999);
  EXPECT_EQ(decode_greedily(*pair.cached_session(window), prompt, 999), full);
}

TEST(StatefulDecoderSession, RefusesWhatCannotBe) {
  DecoderPair pair(random_checkpoint(short_dims()));
  EncodedWindow window = pair.window(5);
  const auto session = pair.cached_session(window);
  const std::vector<TokenId> one{1}, two{1, 2}, unknown{1000}, many(21, 1);
  EXPECT_EQ(session->context(), 20);
  EXPECT_THROW(session->step(one), Error);
  EXPECT_THROW(session->prefill(std::span<const TokenId>()), Error);
  EXPECT_THROW(session->prefill(many), Error);
  EXPECT_THROW(session->prefill(one, Sources{1}), Error);
  (void)session->prefill(two);
  EXPECT_THROW(session->reorder(Sources{1}), Error);
  EXPECT_THROW(session->reorder(Sources{}), Error);
  EXPECT_THROW(session->step(two), Error);
  EXPECT_THROW(session->step(unknown), Error);
  EXPECT_THROW((void)session->attention_scores(two), Error);
  const auto next = pair.cached_session(window);
  EXPECT_THROW(session->step(one), Error);  // ended by the next one
  EncodedWindow other;
  other.encoder_output = Tensor(DType::float32, {1, 49, 64});
  EXPECT_THROW((void)pair.cached_session(other), Error);
}

TEST(StatefulDecoderSession, GoesOnAfterARefusedStep) {
  DecoderPair pair(random_checkpoint(short_dims()));
  EncodedWindow window = pair.window(6);
  const auto cached = pair.cached_session(window);
  const auto full = pair.full_session(window);
  const std::vector<TokenId> prompt{1, 2}, unknown{-1}, next{3};
  (void)cached->prefill(prompt);
  (void)full->prefill(prompt);
  EXPECT_THROW(cached->step(unknown), Error);
  EXPECT_LE(relative_difference(cached->step(next), full->step(next)), kTolerance);
}

class StatefulDecoderOf : public testing::TestWithParam<const char*> {
 protected:
  /// Of the committed model, or of that which an environment variable names.
  void SetUp() override {
    const std::string given = GetParam();
    if (given.front() != '$') {
      path_ = given;
    } else if (const char* value = std::getenv(given.substr(1).c_str()); value != nullptr) {
      path_ = value;
    } else {
      GTEST_SKIP() << given.substr(1) << " is not set";
    }
  }
  std::string path_;
};

TEST_P(StatefulDecoderOf, AgreesWithTheFullOne) {
  DecoderPair pair(read_checkpoint(std::filesystem::path(path_)));
  EncodedWindow window = pair.window(7);
  const bool is_base = std::string(GetParam()).front() == '$';
  Duel duel(pair, Rival::cached, window, 7, is_base ? kToleranceOfBase : kTolerance);
  duel.prefill(60, {0, 30, 59});
  duel.wander(5, 3);
  duel.wander(1, 3);
  duel.prefill(4, {3});
  duel.step();
  std::cout << path_ << ": " << duel.worst() << " of the largest logit\n";
}

TEST_P(StatefulDecoderOf, DecodesTheSameTokens) {
  DecoderPair pair(read_checkpoint(std::filesystem::path(path_)));
  EncodedWindow window = pair.window(8);
  const std::vector<TokenId> prompt{50258, 50259, 50359, 50363};
  const auto full = decode_greedily(*pair.full_session(window), prompt, 50257);
  EXPECT_EQ(decode_greedily(*pair.cached_session(window), prompt, 50257), full);
}

INSTANTIATE_TEST_SUITE_P(Models, StatefulDecoderOf,
                         testing::Values("assets/demo/demo.pt", "$SOTTO_BASE_CHECKPOINT"),
                         [](const auto& tested) {
                           return tested.param[0] == '$' ? std::string("base")
                                                         : std::string("demo");
                         });

}  // namespace
}  // namespace sotto::test
