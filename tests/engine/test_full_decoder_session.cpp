#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

#include "core/base/error.h"
#include "run/engine/checked_session.h"
#include "run/engine/full_decoder_session.h"
#include "run/transcriber/tracing_session.h"

namespace sotto {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kVocabulary = 3, kWidth = 2, kContext = 4;

/// A decoder that answers, at each place, with the place's number, its embedding's first value and
/// the encoder's first number.
class FakeDecoder : public Executable {
 public:
  explicit FakeDecoder(Signature signature) : signature_(std::move(signature)) {}
  [[nodiscard]] const Signature& signature() const override { return signature_; }

  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    const std::int64_t length = inputs[0]->shape().at(1);
    lengths.push_back(length);
    for (std::int64_t at = 0; at < length; ++at) {
      const auto row = outputs[0]->floats().subspan(static_cast<std::size_t>(at * kVocabulary));
      row[0] = static_cast<float>(at);
      row[1] = inputs[0]->floats()[static_cast<std::size_t>(at * kWidth)];
      row[2] = inputs[1]->floats()[0];
    }
  }

  std::vector<std::int64_t> lengths;

 private:
  Signature signature_;
};

Signature decoder_signature() {
  return {{{"token_embeddings", {1, kContext, kWidth}, 1}, {"encoder_output", {1, 5, kWidth}, {}}},
          {{"logits", {1, kContext, kVocabulary}, 1}}};
}

std::vector<TokenId> one(TokenId token) { return {token}; }

class FullDecoderSessionTest : public testing::Test {
 protected:
  FullDecoderSessionTest() {
    window_.encoder_output = Tensor(DType::float32, {1, 5, kWidth});
    window_.encoder_output.floats()[0] = 9;
  }

  CheckedSession session() {
    return {std::make_unique<FullDecoderSession>(decoder_, embedding_, window_.encoder_output),
            kVocabulary, std::make_shared<std::uint64_t>(), window_};
  }

  FakeDecoder decoder_{decoder_signature()};
  TokenEmbedding embedding_{own_values({kVocabulary, kWidth}, {10, 0, 11, 0, 12, 0}), "table"};
  EncodedWindow window_;
};

TEST_F(FullDecoderSessionTest, RunsTheWholeSequenceAndReturnsTheLastRow) {
  CheckedSession session = this->session();
  EXPECT_EQ(session.context(), kContext);
  const std::vector<TokenId> prompt{0, 2};
  EXPECT_THAT(session.prefill(prompt), ElementsAre(1, 12, 9));
  EXPECT_THAT(session.step(one(1)), ElementsAre(2, 11, 9));
  EXPECT_THAT(decoder_.lengths, ElementsAre(2, 3));
}

TEST_F(FullDecoderSessionTest, PrefillForgetsWhatWasBefore) {
  CheckedSession session = this->session();
  const std::vector<TokenId> first{0, 1, 2}, second{1};
  session.prefill(first);
  EXPECT_THAT(session.prefill(second), ElementsAre(0, 11, 9));
}

TEST_F(FullDecoderSessionTest, AnswersAtEveryPositionAskedFor) {
  CheckedSession session = this->session();
  const std::vector<TokenId> prompt{0, 2, 1};
  const std::vector<std::size_t> positions{0, 2};
  EXPECT_THAT(session.prefill(prompt, positions), ElementsAre(0, 10, 9, 2, 11, 9));
}

TEST_F(FullDecoderSessionTest, RowsPartAndAreReordered) {
  CheckedSession session = this->session();
  const std::vector<TokenId> prompt{0};
  session.prefill(prompt);
  session.reorder(std::vector<std::size_t>{0, 0});
  EXPECT_THAT(session.step(std::vector<TokenId>{1, 2}), ElementsAre(1, 11, 9, 1, 12, 9));
  session.reorder(std::vector<std::size_t>{1});
  EXPECT_THAT(session.step(one(0)), ElementsAre(2, 10, 9));
  EXPECT_THROW(session.step(std::vector<TokenId>{1, 2}), Error);
}

TEST_F(FullDecoderSessionTest, RefusesMoreTokensThanTheContext) {
  CheckedSession session = this->session();
  const std::vector<TokenId> full(kContext, 1);
  session.prefill(full);
  EXPECT_THROW(session.step(one(1)), Error);
}

TEST_F(FullDecoderSessionTest, TracingKeepsTheFirstAnswersOnly) {
  CheckedSession session = this->session();
  std::vector<float> logits;
  TracingSession traced(session, 2, logits);
  const std::vector<TokenId> prompt{0};
  traced.prefill(prompt);
  traced.step(one(1));
  EXPECT_THAT(traced.step(one(2)), ElementsAre(2, 12, 9));
  EXPECT_THAT(logits, ElementsAre(0, 10, 9, 1, 11, 9));
}

}  // namespace
}  // namespace sotto
