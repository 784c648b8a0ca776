#include "gmock/gmock.h"

#include "model/vocabulary/folder_vocabulary.h"
#include "vocabulary/made_tokenizer_files.h"

namespace sotto::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FolderVocabulary : public ::testing::Test {
 protected:
  SourceVocabulary read() { return read_folder_vocabulary(folder_.path(), notes_); }
  TempFolder folder_;
  std::vector<std::string> notes_;
};

TEST_F(FolderVocabulary, SaysNothingWithoutFiles) {
  const SourceVocabulary found = read();
  EXPECT_EQ(found.layout, std::nullopt);
  EXPECT_THAT(found.ranks, IsEmpty());
  EXPECT_FALSE(found.refusal.has_value());
}

TEST_F(FolderVocabulary, IsTheTokenizersWordsAndLayout) {
  MadeTokenizer made;
  made.write_tokenizer_json(folder_);
  const SourceVocabulary found = read();
  EXPECT_EQ(found.layout, (VocabularyLayout{260, 3, true}));
  EXPECT_EQ(found.ranks, rank_file(made.words));
  EXPECT_EQ(found.source, (folder_ / "tokenizer.json").string());
}

TEST_F(FolderVocabulary, IsCompletedByTheGenerationConfig) {
  const MadeTokenizer made;
  made.write_vocab_and_merges(folder_);
  std::filesystem::remove(folder_ / "added_tokens.json");
  write_file(folder_ / "generation_config.json",
             R"({"eos_token_id": 260, "no_timestamps_token_id": 272, "is_multilingual": false})");
  const SourceVocabulary found = read();
  EXPECT_EQ(found.layout, (VocabularyLayout{260, 5, false}));
  EXPECT_EQ(found.ranks, rank_file(made.words));
  EXPECT_THAT(notes_, IsEmpty());
}

TEST_F(FolderVocabulary, BelievesTheTokenizerWhereTheTwoDisagree) {
  MadeTokenizer().write_tokenizer_json(folder_);
  write_file(folder_ / "generation_config.json",
             R"({"eos_token_id": 50257, "no_timestamps_token_id": 50363})");
  EXPECT_EQ(read().layout, (VocabularyLayout{260, 3, true}));
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("generation_config.json: its ids of special tokens are "
                                            "not those of ")));
}

TEST_F(FolderVocabulary, TakesWordsThatWereChangedWithoutTheirMerges) {
  MadeTokenizer made;
  made.words[257] = "ABC";
  made.write_vocab_and_merges(folder_);
  EXPECT_EQ(read().ranks, rank_file(made.words));
  EXPECT_THAT(
      notes_,
      ElementsAre(HasSubstr("vocab.json: 1 of its 4 merges make no token of it and are left out")));
}

TEST_F(FolderVocabulary, KeepsTheReasonWhereTheTokenizerCannotBeRead) {
  nlohmann::json document = MadeTokenizer().tokenizer_json();
  document["model"]["type"] = "Unigram";
  write_file(folder_ / "tokenizer.json", document.dump());
  write_file(folder_ / "generation_config.json",
             R"({"eos_token_id": 50257, "no_timestamps_token_id": 50363})");
  const SourceVocabulary found = read();
  EXPECT_EQ(found.layout, (VocabularyLayout{50257, 99, true}));
  ASSERT_TRUE(found.refusal.has_value());
  EXPECT_THAT(found.refusal->what(), HasSubstr("tokenizer.json: expected a byte-level BPE"));
}

}  // namespace
}  // namespace sotto::test
