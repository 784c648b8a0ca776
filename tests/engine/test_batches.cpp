#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <iostream>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "engine/decoder_duel.h"
#include "support/expect_error.h"

// Several windows in one batch against each of them alone, over the full decoder.

namespace sotto::test {
namespace {

/// A batch, and for each place a session of its own over the same window.
class BatchDuel {
 public:
  BatchDuel(Decoders& decoders, std::size_t places, std::uint64_t seed)
      : decoders_(decoders),
        batch_(decoders.batch(places)),
        random_(seed),
        windows_(places),
        alone_(places),
        rows_(places) {}

  CheckedBatch& batch() { return *batch_; }

  void encode(std::size_t place) {
    EncodedWindow& window = batch_->window(place);
    const std::uint64_t seed = random_();
    decoders_.encode(seed, window);
    batch_->keep(place);
    decoders_.encode(seed, windows_[place]);
    alone_[place] = decoders_.reference(windows_[place]);
    rows_[place] = 0;
  }

  void prefill(std::size_t place, std::size_t length, const Sources& positions) {
    const std::vector<TokenId> tokens = draw(length);
    compare(batch_->prefill(place, tokens, positions), alone_[place]->prefill(tokens, positions));
    rows_[place] = 1;
  }

  /// `count` rows that repeat and drop some of those that there are.
  void reorder(std::size_t place, std::size_t count) {
    Sources sources(count);
    for (std::size_t& source : sources) source = random_() % rows_[place];
    batch_->reorder(place, sources);
    alone_[place]->reorder(sources);
    rows_[place] = count;
  }

  void drop(std::size_t place) {
    batch_->drop(place);
    rows_[place] = 0;
  }

  void step() {
    std::vector<TokenId> all;
    std::vector<float> expected;
    for (std::size_t place = 0; place < rows_.size(); ++place) {
      if (rows_[place] == 0) continue;
      const std::vector<TokenId> tokens = draw(rows_[place]);
      all.insert(all.end(), tokens.begin(), tokens.end());
      const auto logits = alone_[place]->step(tokens);
      expected.insert(expected.end(), logits.begin(), logits.end());
    }
    compare(batch_->step(all), expected);
  }

 private:
  std::vector<TokenId> draw(std::size_t count) {
    std::vector<TokenId> tokens(count);
    for (TokenId& token : tokens) {
      token =
          static_cast<TokenId>(random_() % static_cast<std::uint64_t>(decoders_.dims().n_vocab));
    }
    return tokens;
  }

  static void compare(std::span<const float> found, std::span<const float> expected) {
    ASSERT_EQ(found.size(), expected.size());
    EXPECT_LE(relative_difference(found, expected), kTolerance);
  }

  Decoders& decoders_;
  std::unique_ptr<CheckedBatch> batch_;
  std::mt19937_64 random_;
  std::vector<EncodedWindow> windows_;
  std::vector<std::unique_ptr<DecoderSession>> alone_;
  std::vector<std::size_t> rows_;
};

TEST(Batches, DecodeEachWindowAsAlone) {
  Decoders decoders(random_checkpoint(small_dims()));
  BatchDuel duel(decoders, 3, 1);
  for (std::size_t place = 0; place < 3; ++place) duel.encode(place);
  duel.prefill(0, 4, {0, 3});
  duel.prefill(2, 7, {6});
  for (int i = 0; i < 3; ++i) duel.step();
  duel.prefill(1, 1, {0});
  for (int i = 0; i < 3; ++i) duel.step();
}

TEST(Batches, LetEachWindowHaveRowsOfItsOwn) {
  Decoders decoders(random_checkpoint(small_dims(), 5));
  BatchDuel duel(decoders, 3, 2);
  for (std::size_t place = 0; place < 3; ++place) {
    duel.encode(place);
    duel.prefill(place, 3 + place, {2});
    duel.reorder(place, 5);
  }
  duel.step();
  for (int i = 0; i < 6; ++i) {
    duel.reorder(0, 5);
    duel.reorder(1, 1 + static_cast<std::size_t>(i));
    duel.step();
  }
}

TEST(Batches, PutTheNextWindowInThePlaceOfOneThatIsDone) {
  Decoders decoders(random_checkpoint(small_dims(), 6));
  BatchDuel duel(decoders, 2, 3);
  duel.encode(0);
  duel.prefill(0, 4, {3});
  duel.reorder(0, 3);
  for (int turn = 0; turn < 4; ++turn) {
    duel.step();
    duel.encode(1);
    duel.step();  // what is encoded disturbs nobody
    duel.prefill(1, 5, {4});
    duel.reorder(1, 1 + static_cast<std::size_t>(turn));
    duel.step();
    duel.step();
    duel.drop(1);
  }
  duel.step();
}

TEST(Batches, TryAWindowAgain) {
  Decoders decoders(random_checkpoint(small_dims(), 7));
  BatchDuel duel(decoders, 2, 4);
  for (const std::size_t place : {0, 1}) {
    duel.encode(place);
    duel.prefill(place, 4, {3});
  }
  duel.step();
  duel.prefill(0, 6, {5});
  duel.step();
  duel.reorder(0, 4);
  duel.step();
}

TEST(Batches, FillTheContext) {
  Decoders decoders(random_checkpoint(short_dims()));
  BatchDuel duel(decoders, 2, 5);
  duel.encode(0);
  duel.encode(1);
  duel.prefill(0, 15, {14});
  duel.prefill(1, 1, {0});
  for (int i = 0; i < 5; ++i) duel.step();
  expect_error(ErrorKind::usage, "a sequence of 21 tokens does not fit the decoder's context of 20",
               [&] {
                 duel.batch().step(std::vector<TokenId>{1, 1});
               });
  duel.drop(0);
  for (int i = 0; i < 14; ++i) duel.step();
}

TEST(Batches, RefuseWhatCannotBe) {
  Decoders decoders(random_checkpoint(short_dims()));
  const auto batch = decoders.batch(2);
  const std::vector<TokenId> one{1}, unknown{1000};
  const Sources first{0}, second{1};
  const auto refuse = [&](const char* sentence, const auto& call) {
    expect_error(ErrorKind::internal, sentence, call);
  };
  refuse("place 0 has no window", [&] { batch->prefill(0, one, first); });
  refuse("place 2 of a batch of 2", [&] { batch->prefill(2, one, first); });
  refuse("place 2 of a batch of 2", [&] { static_cast<void>(batch->window(2)); });
  refuse("a step of 1 tokens for 0 rows", [&] { batch->step(one); });
  decoders.encode(1, batch->window(1));
  batch->keep(1);
  refuse("prefill of no tokens", [&] { batch->prefill(1, {}, {}); });
  refuse("logits after token 1 of 1", [&] { batch->prefill(1, one, second); });
  expect_error(ErrorKind::usage, "expected tokens from 0 to 999, found 1000",
               [&] { batch->prefill(1, unknown, first); });
  refuse("row 0 of 0 was to be kept", [&] { batch->reorder(1, first); });
  batch->prefill(1, one, first);
  refuse("row 1 of 1 was to be kept", [&] { batch->reorder(1, second); });
  refuse("no row was to be kept", [&] { batch->reorder(1, {}); });
  expect_error(ErrorKind::usage, "expected tokens from 0 to 999, found 1000",
               [&] { batch->step(unknown); });
  EXPECT_EQ(batch->step(one).size(), 1000U);
  expect_error(ErrorKind::unavailable, "nothing was loaded that gives",
               [&] { static_cast<void>(batch->attention_scores(1, one)); });
  refuse("a step of 1 tokens for 0 rows", [&] { batch->step(one); });
}

TEST(Batches, EndWhenASessionBegins) {
  Decoders decoders(random_checkpoint(short_dims()));
  const auto batch = decoders.batch(1);
  decoders.encode(1, batch->window(0));
  batch->keep(0);
  const std::vector<TokenId> one{1};
  const Sources first{0};
  batch->prefill(0, one, first);
  EncodedWindow other = decoders.window(2);
  const auto session = decoders.session(SessionKind::stateful, other);
  expect_error(ErrorKind::internal, "this batch was ended by another session of the same model",
               [&] { batch->step(one); });
  EXPECT_NO_THROW(session->prefill(one));
}

}  // namespace
}  // namespace sotto::test
