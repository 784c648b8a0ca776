#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "gmock/gmock.h"

#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "model/vocabulary/rank_text.h"
#include "run/tokenizer/tokenizer.h"
#include "run/tokenizer/vocabulary.h"
#include "vocabulary/made_tokenizer_files.h"

namespace sotto::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RankText : public ::testing::Test {
 protected:
  std::string text() {
    made_.write_tokenizer_json(folder_);
    return rank_text(*read_token_list(folder_.path()), made_.end()).text;
  }
  std::string refusal() {
    try {
      return text();
    } catch (const Error& error) {
      return error.what();
    }
  }
  Tokenizer tokenizer() {
    const std::string ranks = text();
    return Tokenizer::parse(std::as_bytes(std::span(ranks)), "made", {made_.end(), 3, true});
  }
  MadeTokenizer made_;
  TempFolder folder_;
};

TEST_F(RankText, IsInTheOrderOfTheIdsWhereMergesAreToo) {
  EXPECT_EQ(text(), rank_file(made_.words));
}

TEST_F(RankText, IsTheSameFromVocabAndMerges) {
  made_.write_vocab_and_merges(folder_);
  EXPECT_EQ(rank_text(*read_token_list(folder_.path()), made_.end()).text, rank_file(made_.words));
}

TEST_F(RankText, KeepsIdsThatStandInAnotherOrderThanTheMerges) {
  const Tokenizer before = tokenizer();
  EXPECT_THAT(before.encode("abc dabc"), ElementsAre(257, 259));
  std::swap(made_.words[256], made_.words[259]);
  std::swap(made_.words['x'], made_.words[257]);
  const Tokenizer swapped = tokenizer();
  const auto tokens = swapped.encode("abcx dabc");
  EXPECT_THAT(tokens, ElementsAre('x', 257, 256));
  EXPECT_EQ(swapped.decode(tokens), "abcx dabc");
}

TEST_F(RankText, JoinsInTheOrderOfTheMerges) {
  made_.merges = {{"b", "c"}, {"a", "b"}, {"a", "bc"}};
  made_.words = byte_tokens({"ab", "abc", "bc"});
  // The pair that comes first in the merges has the highest id.
  EXPECT_THAT(tokenizer().encode("abcd"), ElementsAre(257, 'd'));
  EXPECT_THAT(tokenizer().encode("zbcab"), ElementsAre('z', 258, 256));
}

TEST_F(RankText, OfTheReferencesWordsIsItsFileToTheByte) {
  const char* place = std::getenv("SOTTO_VOCABULARY_DIR");
  if (place == nullptr) GTEST_SKIP() << "SOTTO_VOCABULARY_DIR names no folder";
  for (const char* name : {"multilingual.tiktoken", "gpt2.tiktoken"}) {
    const auto file = MappedFile::open(std::filesystem::path(place) / name);
    const Vocabulary words = Vocabulary::parse(file->bytes(), name);
    TokenList list;
    list.source = name;
    for (TokenId id = 0; id < words.size(); ++id) {
      list.tokens.emplace(id, spelled(std::string(words.bytes_of(id))));
    }
    // Any split of a token stands for its merge here: the order is what matters.
    for (TokenId id = 256; id < words.size(); ++id) {
      const std::string bytes(words.bytes_of(id));
      if (bytes.size() < 2) continue;
      list.merges.emplace_back(spelled(bytes.substr(0, 1)), spelled(bytes.substr(1)));
    }
    const std::string_view published(reinterpret_cast<const char*>(file->bytes().data()),
                                     file->bytes().size());
    EXPECT_TRUE(rank_text(list, words.size()).text == published) << name;
  }
}

TEST_F(RankText, TakesAddedTokensAsTheyAreSpelled) {
  nlohmann::json document = made_.tokenizer_json();
  document["added_tokens"].push_back({{"id", 259}, {"content", "Zürich x"}});
  write_file(folder_ / "tokenizer.json", document.dump());
  const std::string ranks = rank_text(*read_token_list(folder_.path()), made_.end()).text;
  EXPECT_THAT(ranks, HasSubstr(base64("Zürich x") + " 259\n"));
}

TEST_F(RankText, RefusesWhatIsNotWhole) {
  EXPECT_THAT(
      [&] {
        made_.write_tokenizer_json(folder_);
        static_cast<void>(rank_text(*read_token_list(folder_.path()), made_.end() + 100));
      },
      testing::ThrowsMessage<Error>(HasSubstr("expected a token for each id, found none for 271")));
  made_.words['q'] = "qq";
  EXPECT_THAT(refusal(), HasSubstr("expected a token for each single byte, found none for 113"));
}

}  // namespace
}  // namespace sotto::test
