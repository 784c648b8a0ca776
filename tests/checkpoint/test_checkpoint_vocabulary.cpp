#include <cstdlib>

#include "gmock/gmock.h"

#include "model/checkpoint/checkpoint_vocabulary.h"
#include "model/checkpoint/openai_writer.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/random_checkpoint.h"
#include "support/temp_folder.h"
#include "vocabulary/made_tokenizer_files.h"

namespace sotto::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A checkpoint as a reader of a folder leaves it, with so many rows.
Checkpoint made(const TempFolder& folder, std::int64_t rows, std::int64_t mels = 80) {
  WhisperDims dims = small_dims();
  dims.n_vocab = rows;
  dims.n_mels = mels;
  Checkpoint checkpoint = random_checkpoint(dims);
  checkpoint.format = CheckpointFormat::hugging_face;
  checkpoint.path = folder.path();
  checkpoint.weights = folder / "model.safetensors";
  return checkpoint;
}

const TensorView& embedding(const Checkpoint& checkpoint) {
  return checkpoint.tensors.at("decoder.token_embedding.weight");
}

std::string text_of(const RankFile& ranks) {
  return {reinterpret_cast<const char*>(ranks.bytes.data()), ranks.bytes.size()};
}

class CheckpointVocabulary : public ::testing::Test {
 protected:
  std::string refusal(ErrorKind kind, const Checkpoint& checkpoint,
                      const std::filesystem::path& given = {}) {
    return expect_error(kind, folder_.path().string(),
                        [&] { (void)rank_file_of(checkpoint, given); });
  }
  TempFolder folder_;
  MadeTokenizer tokenizer_;
};

TEST_F(CheckpointVocabulary, LeavesRowsBeyondItOut) {
  tokenizer_.write_tokenizer_json(folder_);
  const std::int64_t rows = rows_of({260, 3, true});
  Checkpoint checkpoint = made(folder_, rows + 5);
  const std::byte* first = embedding(checkpoint).data;
  fit_vocabulary(checkpoint);
  EXPECT_EQ(checkpoint.dims.n_vocab, rows);
  EXPECT_EQ(embedding(checkpoint).shape, (Shape{rows, 64}));
  EXPECT_EQ(embedding(checkpoint).data, first);  // no weight is copied
  EXPECT_THAT(
      checkpoint.notes,
      ElementsAre(HasSubstr("model.safetensors: of the 1777 rows of its token embedding the "
                            "last 5 are left out: its vocabulary has 1772 tokens")));
  EXPECT_EQ(text_of(rank_file_of(checkpoint)), rank_file(tokenizer_.words));
}

TEST_F(CheckpointVocabulary, OfAnAddedTokenIsThatOfTheModelBefore) {
  // A base model with 51866 rows and 80 mel bins is none of large-v3's.
  write_file(folder_ / "generation_config.json",
             R"({"eos_token_id": 50257, "no_timestamps_token_id": 50363})");
  Checkpoint checkpoint = made(folder_, 51866);
  fit_vocabulary(checkpoint);
  EXPECT_EQ(checkpoint.dims.n_vocab, 51865);
  EXPECT_EQ(checkpoint.vocabulary.layout, (VocabularyLayout{50257, 99, true}));
  // A .pt says nothing but its dims.
  Checkpoint alone = made(folder_, 51866);
  alone.format = CheckpointFormat::openai;
  fit_vocabulary(alone);
  EXPECT_EQ(alone.dims.n_vocab, 51865);
  Checkpoint newest = made(folder_, 51866, 128);
  newest.format = CheckpointFormat::openai;
  fit_vocabulary(newest);
  EXPECT_EQ(newest.dims.n_vocab, 51866);
  EXPECT_THAT(newest.notes, IsEmpty());
}

TEST_F(CheckpointVocabulary, NeedsARowForEachToken) {
  tokenizer_.write_tokenizer_json(folder_);
  Checkpoint checkpoint = made(folder_, rows_of({260, 3, true}) - 1);
  fit_vocabulary(checkpoint);
  EXPECT_THAT(
      refusal(ErrorKind::mismatch, checkpoint),
      HasSubstr("model.safetensors: expected a token embedding of at least 1772 rows for the "
                "words and special tokens of its vocabulary, found 1771"));
  Checkpoint small = made(folder_, 100);
  small.format = CheckpointFormat::openai;
  fit_vocabulary(small);
  EXPECT_THAT(refusal(ErrorKind::mismatch, small), HasSubstr("at least 51864 rows"));
}

TEST_F(CheckpointVocabulary, TakesARankFileOfTheUsers) {
  const auto path = folder_ / "bytes.tiktoken";
  write_file(path, rank_file(byte_tokens({})));
  Checkpoint checkpoint = made(folder_, rows_of({256, 99, true}));
  fit_vocabulary(checkpoint);
  EXPECT_EQ(rank_file_of(checkpoint, path).layout, (VocabularyLayout{256, 99, true}));
  checkpoint.dims.n_vocab += 10;
  EXPECT_THAT(refusal(ErrorKind::mismatch, checkpoint, path),
              HasSubstr("bytes.tiktoken: expected"));
}

TEST_F(CheckpointVocabulary, IsNeverOpenAIsWhereTheFolderHasAnotherThatCannotBeRead) {
  nlohmann::json document = tokenizer_.tokenizer_json();
  document["model"]["type"] = "Unigram";
  write_file(folder_ / "tokenizer.json", document.dump());
  Checkpoint checkpoint = made(folder_, 51865);
  fit_vocabulary(checkpoint);
  EXPECT_THAT(refusal(ErrorKind::unsupported, checkpoint), HasSubstr("found the model Unigram"));
}

TEST_F(CheckpointVocabulary, OfOtherWordsThanThePublishedNeedsATokenizer) {
  write_file(folder_ / "generation_config.json",
             R"({"eos_token_id": 40000, "no_timestamps_token_id": 40106})");
  Checkpoint checkpoint = made(folder_, 51865);
  fit_vocabulary(checkpoint);
  EXPECT_EQ(checkpoint.dims.n_vocab, rows_of({40000, 99, true}));
  EXPECT_THAT(refusal(ErrorKind::unsupported, checkpoint),
              HasSubstr("expected a tokenizer with the 40000 words of its vocabulary, found none: "
                        "name a rank file of them with vocabulary"));
}

TEST_F(CheckpointVocabulary, IsThePublishedFileElse) {
  if (std::getenv("SOTTO_VOCABULARY_DIR") == nullptr) {
    GTEST_SKIP() << "SOTTO_VOCABULARY_DIR names no folder";
  }
  Checkpoint checkpoint = made(folder_, 51865);
  fit_vocabulary(checkpoint);
  EXPECT_THAT(rank_file_of(checkpoint).source, HasSubstr("multilingual.tiktoken"));
  checkpoint = made(folder_, 51864);
  fit_vocabulary(checkpoint);
  EXPECT_THAT(rank_file_of(checkpoint).source, HasSubstr("gpt2.tiktoken"));
}

}  // namespace
}  // namespace sotto::test
