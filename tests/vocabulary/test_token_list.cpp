#include <functional>

#include "gmock/gmock.h"

#include "core/base/error.h"
#include "model/vocabulary/special_ids.h"
#include "model/vocabulary/token_list.h"
#include "vocabulary/made_tokenizer_files.h"

namespace sotto::test {
namespace {

using ::testing::HasSubstr;

class TokenLists : public ::testing::Test {
 protected:
  std::string refusal(const std::function<void(nlohmann::json&)>& change) {
    nlohmann::json document = MadeTokenizer().tokenizer_json();
    change(document);
    write_file(folder_ / "tokenizer.json", document.dump());
    try {
      static_cast<void>(read_token_list(folder_.path()));
      return "no refusal";
    } catch (const Error& error) {
      return error.what();
    }
  }
  TempFolder folder_;
};

TEST_F(TokenLists, AreNoneInAFolderWithout) {
  EXPECT_EQ(read_token_list(folder_.path()), std::nullopt);
  write_file(folder_ / "vocab.json", "{}");  // alone it does not say how words are made
  EXPECT_EQ(read_token_list(folder_.path()), std::nullopt);
}

TEST_F(TokenLists, AreTheSameFromEitherForm) {
  const MadeTokenizer made;
  made.write_vocab_and_merges(folder_);
  const TokenList two_files = *read_token_list(folder_.path());
  made.write_tokenizer_json(folder_);
  const TokenList one = *read_token_list(folder_.path());
  EXPECT_THAT(one.source, HasSubstr("tokenizer.json"));
  EXPECT_THAT(two_files.source, HasSubstr("vocab.json"));
  EXPECT_EQ(one.tokens, two_files.tokens);
  EXPECT_EQ(one.added, two_files.added);
  EXPECT_EQ(one.merges, two_files.merges);
  EXPECT_EQ(one.find("<|endoftext|>"), 260);
  EXPECT_EQ(one.find(spelled(" dabc")), 259);
}

TEST_F(TokenLists, TakeMergesAsPairsToo) {
  EXPECT_EQ(refusal([](nlohmann::json& document) {
              document["model"]["merges"] = nlohmann::json::parse(R"([["a", "b"], ["ab", "c"]])");
            }),
            "no refusal");
  EXPECT_EQ(read_token_list(folder_.path())->merges[1].first, "ab");
}

TEST_F(TokenLists, OfCTranslate2AreInTheOrderOfTheIds) {
  write_file(folder_ / "vocabulary.txt", "!\n\"\n<|endoftext|>\n");
  EXPECT_EQ(read_token_list(folder_.path())->find("<|endoftext|>"), 2);
  write_file(folder_ / "vocabulary.json", R"(["!", "<|endoftext|>"])");
  const TokenList list = *read_token_list(folder_.path());
  EXPECT_EQ(list.find("<|endoftext|>"), 1);
  EXPECT_FALSE(list.has_merges);
}

TEST_F(TokenLists, OfOtherKindsAreRefusedWithTheReason) {
  using Json = nlohmann::json;
  EXPECT_THAT(
      refusal([](Json& file) { file["model"]["type"] = "Unigram"; }),
      HasSubstr("expected a byte-level BPE tokenizer, as Whisper's is, found the model Unigram"));
  EXPECT_THAT(refusal([](Json& file) {
                file["pre_tokenizer"] = {{"type", "Metaspace"}};
              }),
              HasSubstr("found the pre-tokenizer Metaspace"));
  EXPECT_THAT(refusal([](Json& file) {
                file["decoder"] = {{"type", "WordPiece"}};
              }),
              HasSubstr("found the decoder WordPiece"));
  EXPECT_THAT(refusal([](Json& file) { file["model"]["end_of_word_suffix"] = "</w>"; }),
              HasSubstr("found end_of_word_suffix </w>"));
  EXPECT_THAT(refusal([](Json& file) { file["model"]["byte_fallback"] = true; }),
              HasSubstr("found byte_fallback true"));
  EXPECT_EQ(refusal([](Json& file) {
              file["pre_tokenizer"] = {
                  {"type", "Sequence"},
                  {"pretokenizers", {{{"type", "Split"}}, {{"type", "ByteLevel"}}}}};
            }),
            "no refusal");
}

TEST_F(TokenLists, ThatAreMalformedAreRefused) {
  using Json = nlohmann::json;
  EXPECT_THAT(refusal([](Json& file) { file.erase("model"); }), HasSubstr("expected model"));
  EXPECT_THAT(refusal([](Json& file) { file["model"]["vocab"] = 3; }), HasSubstr("expected vocab"));
  EXPECT_THAT(refusal([](Json& file) { file["model"]["merges"][0] = "ab"; }), HasSubstr("merges"));
  EXPECT_THAT(refusal([](Json& file) {
                file["model"]["merges"][0] = {"a", 1};
              }),
              HasSubstr("merges"));
  EXPECT_THAT(refusal([](Json& file) { file["model"]["vocab"]["zz"] = -1; }),
              HasSubstr("expected an id from 0 to"));
  EXPECT_THAT(refusal([](Json& file) { file["model"]["vocab"]["zz"] = 7; }),
              HasSubstr("expected a token for each id"));
  EXPECT_THAT(refusal([](Json& file) { file["added_tokens"] = {1}; }), HasSubstr("added_tokens"));
}

TEST_F(TokenLists, NameTheSpecialTokens) {
  MadeTokenizer().write_tokenizer_json(folder_);
  const SpecialIds ids = special_ids(*read_token_list(folder_.path()));
  EXPECT_EQ(ids.end_of_text, 260);
  EXPECT_EQ(ids.first_language, 262);
  EXPECT_EQ(ids.no_timestamps, 270);
  EXPECT_EQ(layout_of(ids), (VocabularyLayout{260, 3, true}));
}

}  // namespace
}  // namespace sotto::test
