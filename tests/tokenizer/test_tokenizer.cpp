#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "run/tokenizer/tokenizer.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tokenizer/rank_file.h"

namespace sotto::test {
namespace {

using Tokens = std::vector<TokenId>;

TEST(SpecialTokens, StandWhereTheVocabularySizePutsThem) {
  struct Row {
    std::int64_t n_vocab, num_languages;
    TokenId end_of_text, translate, first_timestamp;
  };
  for (const Row row : {Row{51864, 0, 50256, 50357, 50363}, Row{51865, 99, 50257, 50358, 50364},
                        Row{51866, 100, 50257, 50359, 50365}}) {
    const SpecialTokens special = special_tokens(row.n_vocab);
    EXPECT_EQ(special.end_of_text, row.end_of_text);
    EXPECT_EQ(special.start_of_transcript, row.end_of_text + 1);
    EXPECT_EQ(special.first_language, row.end_of_text + 2);
    EXPECT_EQ(special.translate, row.translate);
    EXPECT_EQ(special.transcribe, row.translate + 1);
    EXPECT_EQ(special.start_of_lm, row.translate + 2);
    EXPECT_EQ(special.start_of_previous, row.translate + 3);
    EXPECT_EQ(special.no_speech, row.translate + 4);
    EXPECT_EQ(special.no_timestamps, row.translate + 5);
    EXPECT_EQ(special.first_timestamp, row.first_timestamp);
    EXPECT_EQ(special.first_timestamp + 1501, row.n_vocab);
    EXPECT_EQ(special.num_languages, row.num_languages);
    EXPECT_EQ(special.multilingual, row.n_vocab > 51864);
  }
}

TEST(SpecialTokens, BelongToWhispersVocabulariesOnly) {
  for (const std::int64_t n_vocab : {-1, 0, 1000, 51863, 51867}) {
    EXPECT_THROW(static_cast<void>(special_tokens(n_vocab)), Error) << n_vocab;
  }
}

TEST(Languages, AreAHundredInTheOrderOfTheirTokens) {
  ASSERT_EQ(languages().size(), 100U);
  EXPECT_EQ(languages()[0].code, "en");
  EXPECT_EQ(languages()[1].name, "chinese");
  EXPECT_EQ(languages()[98].code, "su");
  EXPECT_EQ(languages()[99].code, "yue");
}

/// A vocabulary of Whisper's size without Whisper's words: single bytes, and fillers.
class MadeVocabulary : public ::testing::Test {
 protected:
  MadeVocabulary() {
    std::vector<std::string> more;
    for (int i = 256; i < 50257; ++i) more.push_back("filler " + std::to_string(i));
    std::ofstream(path_) << rank_file(byte_tokens(more));
  }
  TempFolder folder_;
  std::filesystem::path path_ = folder_ / "made.tiktoken";
};

TEST_F(MadeVocabulary, FitsTheModelsOfItsSize) {
  EXPECT_EQ(Tokenizer::load(path_, 51865).n_vocab(), 51865);
  EXPECT_EQ(Tokenizer::load(path_, 51866).special().num_languages, 100);
  expect_error(ErrorKind::mismatch,
               path_.string() +
                   ": expected the 50256 words that a model with a vocabulary of 51864 has, "
                   "found 50257",
               [&] { static_cast<void>(Tokenizer::load(path_, 51864)); });
  EXPECT_THROW(static_cast<void>(Tokenizer::load(folder_ / "absent", 51865)), Error);
}

TEST_F(MadeVocabulary, WritesSpecialsAndTimestamps) {
  const Tokenizer tokenizer = Tokenizer::load(path_, 51866);
  const Tokens tokens{50258, 50259, 50358, 50359, 50360, 50361, 50362, 50363,
                      50364, 50365, 50366, 'H',   'i',   50419, 51865, 50257};
  EXPECT_EQ(tokenizer.decode(tokens),
            "<|startoftranscript|><|en|><|yue|><|translate|><|transcribe|><|startoflm|>"
            "<|startofprev|><|nospeech|><|notimestamps|><|0.00|><|0.02|>Hi<|1.08|><|30.00|>"
            "<|endoftext|>");
  EXPECT_EQ(tokenizer.decode_text(tokens), "Hi");
}

TEST_F(MadeVocabulary, RefusesIdsOutsideOfIt) {
  const Tokenizer tokenizer = Tokenizer::load(path_, 51865);
  for (const TokenId id : {-1, 51865, 2'000'000'000}) {
    EXPECT_THROW(static_cast<void>(tokenizer.decode(Tokens{id})), Error) << id;
    EXPECT_THROW(static_cast<void>(tokenizer.decode_text(Tokens{id})), Error) << id;
  }
}

TEST_F(MadeVocabulary, CharactersCutByTheEndOfTextAreReplaced) {
  const Tokenizer tokenizer = Tokenizer::load(path_, 51865);
  EXPECT_EQ(tokenizer.decode(Tokens{0xE4, 0xBD, 0xA0}), "你");
  EXPECT_EQ(tokenizer.decode(Tokens{0xE4, 0xBD, 50257}), "\uFFFD<|endoftext|>");
  EXPECT_EQ(tokenizer.decode_text(Tokens{0xE4, 0xBD, 50364, 0xA0}), "你");
}

TEST_F(MadeVocabulary, IllFormedTextIsEncodedAsReplacementCharacters) {
  const Tokenizer tokenizer = Tokenizer::load(path_, 51865);
  EXPECT_EQ(tokenizer.encode("a\xFFz"), (Tokens{'a', 0xEF, 0xBF, 0xBD, 'z'}));
  EXPECT_EQ(tokenizer.encode("<|en|>").size(), 6U);  // special tokens are not recognised
  EXPECT_EQ(tokenizer.encode(""), Tokens{});
}

TEST_F(MadeVocabulary, FindsLanguagesByCodeNameAndAlias) {
  const Tokenizer tokenizer = Tokenizer::load(path_, 51865);
  for (const std::string name : {"zh", "ZH", "Chinese", "mandarin"}) {
    EXPECT_EQ(tokenizer.language_token(name), 50260) << name;
  }
  EXPECT_EQ(tokenizer.language_token("Haitian Creole"), tokenizer.language_token("haitian"));
  EXPECT_EQ(Tokenizer::load(path_, 51866).language_token("Cantonese"), 50358);
  for (const std::string name : {"", "xx", "english ", "klingon", "\xFF", "yue"}) {
    expect_error(ErrorKind::usage, "language: expected ",
                 [&] { static_cast<void>(tokenizer.language_token(name)); });
  }
}

TEST_F(MadeVocabulary, LeavesOutTimestampsAlone) {
  const Tokenizer tokenizer = Tokenizer::load(path_, 51865);
  const Tokens tokens{50364, 'H', 50365, 'i', 50257, 51864};
  EXPECT_EQ(tokenizer.decode_without_timestamps(tokens), "Hi<|endoftext|>");
  EXPECT_EQ(tokenizer.decode_without_timestamps(Tokens{}), "");
}

TEST(Languages, AreFoundByEveryName) {
  for (const Language& language : languages()) {
    EXPECT_EQ(find_language(language.code), &language);
    EXPECT_EQ(find_language(language.name), &language);
  }
  EXPECT_EQ(find_language("Mandarin")->code, "zh");
  EXPECT_EQ(find_language("klingon"), nullptr);
  EXPECT_EQ(find_language(""), nullptr);
}

TEST(Languages, AreThoseOfTheirTokens) {
  const SpecialTokens special = special_tokens(51866);
  EXPECT_EQ(language_of(special, special.first_language).code, "en");
  EXPECT_EQ(language_of(special, special.translate - 1).code, "yue");
}

/// Whisper's own rank files, which set-up fetches.
class WhisperVocabulary : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("SOTTO_VOCABULARY_DIR");
    if (folder == nullptr) GTEST_SKIP() << "SOTTO_VOCABULARY_DIR is not set: no vocabularies";
    folder_ = folder;
  }
  std::filesystem::path folder_;
};

TEST_F(WhisperVocabulary, EncodesKnownText) {
  const Tokenizer multilingual = Tokenizer::load(folder_ / "multilingual.tiktoken", 51865);
  EXPECT_EQ(multilingual.encode(" And so, my fellow Americans"),
            (Tokens{400, 370, 11, 452, 7177, 6280}));
  EXPECT_EQ(multilingual.encode("你好"), Tokens{26410});
  EXPECT_EQ(multilingual.encode(" "), Tokens{220});
  const Tokenizer english = Tokenizer::load(folder_ / "gpt2.tiktoken", 51864);
  EXPECT_EQ(english.encode("I'm 12 years  old"), (Tokens{40, 1101, 1105, 812, 220, 1468}));
  EXPECT_EQ(english.encode("你好"), (Tokens{19526, 254, 25001, 121}));
}

TEST_F(WhisperVocabulary, DecodesEveryTokenAndTextComesBack) {
  const Tokenizer tokenizer = Tokenizer::load(folder_ / "multilingual.tiktoken", 51866);
  for (TokenId id = 0; id < 50256; ++id) EXPECT_NE(tokenizer.decode(Tokens{id}), "") << id;
  EXPECT_EQ(tokenizer.decode(Tokens{50256}), "");
  for (const std::string text :
       {"Grüße, 你好! \n\n\t x", "हिन्दी 👍🏽 ١٢٣", "\u00a0\u3000", "it's 'S"}) {
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
  }
}

TEST_F(WhisperVocabulary, ALanguageOfAnEnglishModelIsAnError) {
  const Tokenizer english = Tokenizer::load(folder_ / "gpt2.tiktoken", 51864);
  EXPECT_THROW(static_cast<void>(english.language_token("en")), Error);
  EXPECT_EQ(english.decode(Tokens{50258}), "<|en|>");
}

}  // namespace
}  // namespace sotto::test
