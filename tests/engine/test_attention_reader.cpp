#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "run/backends/registry.h"
#include "run/engine/attention_reader.h"
#include "run/engine/checked_session.h"
#include "run/engine/checkpoint/checkpoint_graphs.h"
#include "run/engine/full_decoder_session.h"
#include "support/expect_error.h"
#include "support/random_checkpoint.h"

namespace sotto {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;
using Tokens = std::vector<TokenId>;

constexpr std::int64_t kContext = 5, kWidth = 2, kHeads = 2, kPlaces = 3;

/// A decoder whose scores say where they come from: 100 · layer + 10 · head + the token's first
/// number, at every place.
class FakeDecoder : public Executable {
 public:
  explicit FakeDecoder(Signature signature) : signature_(std::move(signature)) {}
  [[nodiscard]] const Signature& signature() const override { return signature_; }

  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    const std::int64_t length = inputs[0]->shape().at(1);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      ASSERT_EQ(outputs[i]->shape(), (Shape{1, kHeads, length, kPlaces}));
      const int layer = signature_.outputs[i].name.back() - '0';
      for (std::int64_t at = 0; at < outputs[i]->size(); ++at) {
        const std::int64_t row = at / kPlaces;
        const float token = inputs[0]->floats()[static_cast<std::size_t>(row % length * kWidth)];
        outputs[i]->floats()[static_cast<std::size_t>(at)] =
            static_cast<float>(100 * layer + 10 * (row / length)) + token;
      }
    }
  }

 private:
  Signature signature_;
};

Signature signature(const std::vector<std::string>& outputs) {
  Signature made;
  made.inputs = {{"token_embeddings", {1, kContext, kWidth}, 1},
                 {"encoder_output", {1, kPlaces, kWidth}, std::nullopt}};
  for (const std::string& name : outputs) {
    made.outputs.push_back({name, {1, kHeads, kContext, kPlaces}, 2});
  }
  return made;
}

class AttentionReaderTest : public testing::Test {
 protected:
  AttentionReader reader(const AlignmentHeads& heads) const {
    return {std::make_unique<FakeDecoder>(signature({"scores.1", "scores.3"})), embedding_, heads};
  }

  TokenEmbedding embedding_{own_values({3, kWidth}, {1, 0, 2, 0, 3, 0}), "table"};
  Tensor encoder_output_{DType::float32, {1, kPlaces, kWidth}};
};

TEST_F(AttentionReaderTest, GivesTheHeadsInTheirOrder) {
  AttentionReader attention = reader({{3, 0}, {1, 1}});
  const AttentionScores scores = attention.scores(Tokens{2, 0}, encoder_output_);
  EXPECT_EQ(scores.heads, 2);
  EXPECT_EQ(scores.tokens, 2);
  EXPECT_EQ(scores.places, kPlaces);
  EXPECT_THAT(scores.values,
              ElementsAre(303, 303, 303, 301, 301, 301, 113, 113, 113, 111, 111, 111));
}

TEST_F(AttentionReaderTest, ReadsRowsOfAnyLengthOneAfterTheOther) {
  AttentionReader attention = reader({{1, 0}});
  EXPECT_THAT(attention.scores(Tokens{1}, encoder_output_).values, ElementsAre(102, 102, 102));
  EXPECT_EQ(attention.scores(Tokens(kContext, 0), encoder_output_).values.size(), 15U);
  EXPECT_THAT(attention.scores(Tokens{0}, encoder_output_).values, Each(101));
}

TEST_F(AttentionReaderTest, RefusesRowsThatItsDecoderCannotTake) {
  AttentionReader attention = reader({{1, 0}});
  EXPECT_THROW(static_cast<void>(attention.scores(Tokens(kContext + 1, 0), encoder_output_)),
               Error);
  EXPECT_THROW(static_cast<void>(attention.scores(Tokens{}, encoder_output_)), Error);
  EXPECT_THROW(static_cast<void>(attention.scores(Tokens{3}, encoder_output_)), Error);
}

TEST_F(AttentionReaderTest, RefusesADecoderWithoutTheScores) {
  EXPECT_THROW(reader({{2, 0}}), Error);
  EXPECT_THROW(reader({{1, kHeads}}), Error);
  EXPECT_THROW(AttentionReader(std::make_unique<FakeDecoder>(Signature{}), embedding_, {{1, 0}}),
               Error);
}

TEST_F(AttentionReaderTest, SpeaksForASession) {
  FakeDecoder logits({{{"token_embeddings", {1, kContext, kWidth}, 1},
                       {"encoder_output", {1, kPlaces, kWidth}, std::nullopt}},
                      {{"logits", {1, kContext, 3}, 1}}});
  AttentionReader attention = reader({{3, 1}});
  EncodedWindow window;
  window.encoder_output = Tensor(DType::float32, {1, kPlaces, kWidth});
  const auto full = [&] {
    return std::make_unique<FullDecoderSession>(logits, embedding_, window.encoder_output);
  };
  const auto count = std::make_shared<std::uint64_t>();
  CheckedSession session(full(), 3, count, window, &attention);
  EXPECT_THAT(session.attention_scores(Tokens{1}).values, ElementsAre(312, 312, 312));
  CheckedSession without(full(), 3, count, window);
  EXPECT_THROW(without.attention_scores(Tokens{1}), Error);
}

class LoadedAttentionReader : public testing::Test {
 protected:
  LoadedAttentionReader() {
    const auto checkpoint =
        std::make_shared<const Checkpoint>(test::random_checkpoint(test::small_dims()));
    sources_.path = "models";
    sources_.dims = checkpoint->dims;
    sources_.builder = std::make_shared<const CheckpointGraphs>(
        [checkpoint] { return checkpoint; }, CheckpointGraphs::Window{sources_.frames(), 1});
    embedding_ = std::make_unique<TokenEmbedding>(
        checkpoint->tensors.at("decoder.token_embedding.weight"), "table");
  }

  std::unique_ptr<AttentionReader> load(const Backend& backend, const AlignmentHeads& heads) const {
    return AttentionReader::load(sources_, backend, *embedding_, heads);
  }

  std::string refusal(ErrorKind kind, const AlignmentHeads& heads) const;

  ModelSources sources_;
  std::unique_ptr<TokenEmbedding> embedding_;
};

/// A back end that runs files, none of which it gets to see.
class FileBackend : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "npu"; }
  [[nodiscard]] Availability available() const override { return {true, ""}; }
  [[nodiscard]] std::string_view form() const override { return "torchscript"; }
  [[nodiscard]] std::unique_ptr<Executable> load(const ModelPart& /*part*/) const override {
    fail(ErrorKind::internal, "asked to load a file");
  }
};

std::string LoadedAttentionReader::refusal(ErrorKind kind, const AlignmentHeads& heads) const {
  return test::expect_error(kind, "", [&] { (void)load(FileBackend(), heads); });
}

TEST_F(LoadedAttentionReader, NeedsNoFileOnTheCpu) {
  const auto backend = make_backend("cpu");
  const std::int64_t places = sources_.dims.n_audio_ctx;
  const Tensor encoder_output(DType::float32, {1, places, sources_.dims.n_audio_state});
  const Tokens tokens{5, 6, 7};
  const auto all = load(*backend, {{0, 0}, {0, 1}, {1, 0}, {1, 1}});
  const auto some = load(*backend, {{1, 1}});
  const AttentionScores every = all->scores(tokens, encoder_output);
  const AttentionScores last = some->scores(tokens, encoder_output);
  EXPECT_EQ(every.values.size(), 4U * 3U * static_cast<std::size_t>(places));
  EXPECT_THAT(last.values,
              Pointwise(FloatNear(1e-5F), every.values.last(3 * static_cast<std::size_t>(places))));
}

TEST_F(LoadedAttentionReader, SaysHowToExportTheFileThatABundleLacks) {
  sources_.graphs[GraphKind::encoder].files["torchscript"] = {"encoder.pt"};
  EXPECT_THAT(refusal(ErrorKind::unavailable, {{1, 0}}),
              HasSubstr("models: word timestamps on the npu back end need a file"));
  EXPECT_THAT(refusal(ErrorKind::unavailable, {{1, 0}}), HasSubstr("export it with alignment"));
}

TEST_F(LoadedAttentionReader, RefusesAFileWithoutTheLayersOfTheHeads) {
  ModelSources::GraphFiles& alignment = sources_.graphs[GraphKind::alignment];
  alignment.files["torchscript"] = {"decoder_alignment.pt"};
  alignment.signature.outputs = {{"scores.1", {1, 2, 448, 50}, 2}};
  EXPECT_THAT(refusal(ErrorKind::mismatch, {{0, 1}, {1, 0}}),
              HasSubstr("decoder_alignment.pt: expected the attention of layer 0"));
  EXPECT_EQ(refusal(ErrorKind::internal, {{1, 0}}), "asked to load a file");
}

}  // namespace
}  // namespace sotto
