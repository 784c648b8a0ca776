#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "core/base/error.h"
#include "run/decoding/greedy.h"
#include "support/random_checkpoint.h"
#include "transcriber/decoder_pair.h"

// The decoder with a cache against the one without.

namespace sotto::test {
namespace {

using Sources = std::vector<std::size_t>;

// Of the largest logit: float32 keeps seven digits.
constexpr double kTolerance = 1e-5;
// Base's outlying activations cost more of them: on tokens as random as these, either decoder is up
// to 4e-5 from the exact logits (in double precision), and no nearer to them than to the other.
constexpr double kToleranceOfBase = 4e-5;

double relative_difference(std::span<const float> found, std::span<const float> expected) {
  if (found.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double largest = 0.0, difference = 0.0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!std::isfinite(found[i])) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
    difference = std::max(difference, std::abs(static_cast<double>(found[i]) - expected[i]));
  }
  return difference / largest;
}

/// Both sessions over one window, given the same, and what they answer compared.
class Duel {
 public:
  Duel(DecoderPair& pair, const Tensor& window, std::uint64_t seed, double tolerance = kTolerance)
      : tolerance_(tolerance),
        n_vocab_(pair.dims().n_vocab),
        random_(seed),
        full_(pair.full_session(window)),
        cached_(pair.cached_session(window)) {}

  void prefill(std::size_t length, const Sources& positions) {
    const std::vector<TokenId> tokens = draw(length);
    compare(cached_->prefill(tokens, positions), full_->prefill(tokens, positions), "prefill");
    rows_ = 1;
    length_ = length;
  }

  void reorder(const Sources& sources) {
    full_->reorder(sources);
    cached_->reorder(sources);
    rows_ = sources.size();
  }

  void step() {
    const std::vector<TokenId> tokens = draw(rows_);
    ++length_;
    compare(cached_->step(tokens), full_->step(tokens), "step");
  }

  /// Steps after reorders to `rows` rows that repeat and drop some.
  void wander(std::size_t rows, int steps) {
    for (int i = 0; i < steps; ++i) {
      Sources sources(rows);
      for (std::size_t& source : sources) source = random_() % rows_;
      reorder(sources);
      step();
    }
  }

  [[nodiscard]] double worst() const { return worst_; }

 private:
  std::vector<TokenId> draw(std::size_t count) {
    std::vector<TokenId> tokens(count);
    for (TokenId& token : tokens) {
      token = static_cast<TokenId>(random_() % static_cast<std::uint64_t>(n_vocab_));
    }
    return tokens;
  }

  void compare(std::span<const float> found, std::span<const float> expected, const char* what) {
    const double difference = relative_difference(found, expected);
    worst_ = std::max(worst_, difference);
    EXPECT_LE(difference, tolerance_) << what << " of " << rows_ << " rows of " << length_;
  }

  double tolerance_;
  std::int64_t n_vocab_;
  std::mt19937_64 random_;
  std::unique_ptr<DecoderSession> full_, cached_;
  std::size_t rows_ = 1, length_ = 0;
  double worst_ = 0.0;
};

WhisperDims short_dims() {
  WhisperDims dims = small_dims();
  dims.n_text_ctx = 20;
  return dims;
}

TEST(CachedDecoderSession, FillsTheContextTokenByToken) {
  DecoderPair pair(random_checkpoint(short_dims()));
  const Tensor window = pair.window(1);
  Duel duel(pair, window, 1);
  duel.prefill(1, {0});
  for (int i = 1; i < 20; ++i) duel.step();
  EXPECT_THROW(duel.step(), Error);
  duel.prefill(20, {0, 7, 19});
  EXPECT_THROW(duel.step(), Error);
}

TEST(CachedDecoderSession, PrefillsEveryLength) {
  DecoderPair pair(random_checkpoint(small_dims()));
  const Tensor window = pair.window(2);
  Duel duel(pair, window, 2);
  for (const std::size_t length : {4, 1, 3, 9, 17, 40, 49, 65, 228, 448}) {
    duel.prefill(length, {length / 3, length - 1});
    if (length < 448) duel.step();
  }
}

TEST(CachedDecoderSession, FollowsRowsThatRepeatAndGo) {
  DecoderPair pair(random_checkpoint(small_dims(), 5));
  const Tensor window = pair.window(3);
  Duel duel(pair, window, 3);
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

TEST(CachedDecoderSession, ServesWindowAfterWindow) {
  DecoderPair pair(random_checkpoint(small_dims(), 6), 30);
  for (std::uint64_t turn = 0; turn < 3; ++turn) {
    const Tensor window = pair.window(turn);
    Duel duel(pair, window, turn);
    duel.prefill(5 + turn, {0, 4});
    duel.wander(3 + turn, 5);
  }
}

TEST(CachedDecoderSession, DecodesGreedilyAsTheFullOneDoes) {
  DecoderPair pair(random_checkpoint(short_dims(), 9));
  const Tensor window = pair.window(4);
  const std::vector<TokenId> prompt{3, 1, 4};
  const auto full = decode_greedily(*pair.full_session(window), prompt, 999);
  EXPECT_EQ(decode_greedily(*pair.cached_session(window), prompt, 999), full);
}

TEST(CachedDecoderSession, RefusesWhatCannotBe) {
  DecoderPair pair(random_checkpoint(short_dims()));
  const Tensor window = pair.window(5);
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
  const Tensor other(DType::float32, {1, 49, 64});
  EXPECT_THROW((void)pair.cached_session(other), Error);
}

TEST(CachedDecoderSession, GoesOnAfterARefusedStep) {
  DecoderPair pair(random_checkpoint(short_dims()));
  const Tensor window = pair.window(6);
  const auto cached = pair.cached_session(window);
  const auto full = pair.full_session(window);
  const std::vector<TokenId> prompt{1, 2}, unknown{-1}, next{3};
  (void)cached->prefill(prompt);
  (void)full->prefill(prompt);
  EXPECT_THROW(cached->step(unknown), Error);
  EXPECT_LE(relative_difference(cached->step(next), full->step(next)), kTolerance);
}

class CachedDecoderOf : public testing::TestWithParam<const char*> {
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

TEST_P(CachedDecoderOf, AgreesWithTheFullOne) {
  DecoderPair pair(read_checkpoint(path_));
  const Tensor window = pair.window(7);
  const bool is_base = std::string(GetParam()).front() == '$';
  Duel duel(pair, window, 7, is_base ? kToleranceOfBase : kTolerance);
  duel.prefill(60, {0, 30, 59});
  duel.wander(5, 3);
  duel.wander(1, 3);
  duel.prefill(4, {3});
  duel.step();
  std::cout << path_ << ": " << duel.worst() << " of the largest logit\n";
}

TEST_P(CachedDecoderOf, DecodesTheSameTokens) {
  DecoderPair pair(read_checkpoint(path_));
  const Tensor window = pair.window(8);
  const std::vector<TokenId> prompt{50258, 50259, 50359, 50363};
  const auto full = decode_greedily(*pair.full_session(window), prompt, 50257);
  EXPECT_EQ(decode_greedily(*pair.cached_session(window), prompt, 50257), full);
}

INSTANTIATE_TEST_SUITE_P(Models, CachedDecoderOf,
                         testing::Values("assets/demo/demo.pt", "$SOTTO_BASE_CHECKPOINT"),
                         [](const auto& tested) {
                           return tested.param[0] == '$' ? std::string("base")
                                                         : std::string("demo");
                         });

}  // namespace
}  // namespace sotto::test
