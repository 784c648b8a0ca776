// Words as openai/whisper's tokenizer.py puts them together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decoding/vocabulary_test.h"
#include "run/decoding/word_splitting.h"

namespace sotto {
namespace {

using testing::ElementsAre;
using Tokens = std::vector<TokenId>;

class WordSplitting : public test::VocabularyTest {
 protected:
  // The text, and the end of text behind it, as find_alignment() has them.
  static std::vector<TokenizedWord> words(const Tokenizer& tokenizer, std::string_view language,
                                          Tokens tokens) {
    tokens.push_back(tokenizer.special().end_of_text);
    return split_to_words(tokenizer, language, tokens);
  }

  std::vector<std::string> texts(std::string_view language, std::string_view text) const {
    std::vector<std::string> found;
    for (auto& word : words(multilingual(), language, multilingual().encode(text))) {
      found.push_back(std::move(word.text));
    }
    return found;
  }
};

TEST_F(WordSplitting, BeginsWordsAtSpacesAndPunctuation) {
  const Tokens tokens{2425, 11, 1002, 0, 467, 311, 522, 304, 1761, 8, 503, 45939, 1883};
  EXPECT_THAT(
      words(multilingual(), "en", tokens),
      ElementsAre(TokenizedWord{" Hello", {2425}}, TokenizedWord{",", {11}},
                  TokenizedWord{" world", {1002}}, TokenizedWord{"!", {0}},
                  TokenizedWord{" It's", {467, 311}}, TokenizedWord{" (almost", {522, 304, 1761}},
                  TokenizedWord{")", {8}}, TokenizedWord{" \"done\".", {503, 45939, 1883}},
                  TokenizedWord{"<|endoftext|>", {50257}}));
}

TEST_F(WordSplitting, OfTheEnglishVocabularyIsTheSame) {
  EXPECT_THAT(
      words(english(), "", {18435, 11, 995, 0, 836, 470}),
      ElementsAre(TokenizedWord{" Hello", {18435}}, TokenizedWord{",", {11}},
                  TokenizedWord{" world", {995}}, TokenizedWord{"!", {0}},
                  TokenizedWord{" don't", {836, 470}}, TokenizedWord{"<|endoftext|>", {50256}}));
}

TEST_F(WordSplitting, TakesOtherScriptsPunctuationForLetters) {
  EXPECT_THAT(texts("en", " 他说：“你好，世界。”"),
              ElementsAre(" 他说：“你好，世界。”", "<|endoftext|>"));
}

TEST_F(WordSplitting, KeepsTogetherTheTokensOfACharacter) {
  EXPECT_THAT(
      words(multilingual(), "en", {1136, 76, 328, 10521, 1667, 15487, 303, 20732, 222}),
      ElementsAre(TokenizedWord{" émigré", {1136, 76, 328, 10521}},
                  TokenizedWord{" naïve", {1667, 15487, 303}}, TokenizedWord{" 😀", {20732, 222}},
                  TokenizedWord{"<|endoftext|>", {50257}}));
}

TEST_F(WordSplitting, OfLanguagesWithoutSpacesIsOnCharacters) {
  for (const std::string_view language : {"zh", "ja", "th", "lo", "my", "yue"}) {
    EXPECT_THAT(texts(language, "我觉得𠮷野家 hello world 很好吃。"),
                ElementsAre("我觉得", "𠮷", "野", "家", " hello", " world", " ", "很好", "吃", "。",
                            "<|endoftext|>"));
  }
  EXPECT_THAT(words(multilingual(), "zh", {165, 109, 119, 28907, 246}),
              ElementsAre(TokenizedWord{"鱻", {165, 109, 119}}, TokenizedWord{"龘", {28907, 246}},
                          TokenizedWord{"<|endoftext|>", {50257}}));
}

TEST_F(WordSplitting, WhiteSpaceAloneBeginsAWord) {
  EXPECT_THAT(
      texts("en", "lower Upper  double\u00a0space\u3000x"),
      ElementsAre("lower", " Upper", " ", " double", "\u00a0space", "\u3000x", "<|endoftext|>"));
}

TEST_F(WordSplitting, ATokenWithoutTextIsAWord) {
  EXPECT_THAT(words(multilingual(), "en", {50256, 220, 11}),
              ElementsAre(TokenizedWord{"", {50256}}, TokenizedWord{" ", {220}},
                          TokenizedWord{",", {11}}, TokenizedWord{"<|endoftext|>", {50257}}));
}

TEST_F(WordSplitting, BytesThatStayBrokenEndAWordWhereTheWholeTextIsBrokenToo) {
  EXPECT_THAT(words(multilingual(), "en", {2425, 241, 244}),
              ElementsAre(TokenizedWord{" Hello\uFFFD\uFFFD", {2425, 241, 244}},
                          TokenizedWord{"<|endoftext|>", {50257}}));
}

TEST_F(WordSplitting, LeavesOutWhatNeverFitsTheWholeText) {
  // Together 171 and 94 are one broken character; one by one they would be two.
  EXPECT_THAT(words(multilingual(), "en", {257, 171, 94, 272}),
              ElementsAre(TokenizedWord{" a\uFFFD", {257, 171}}));
}

TEST_F(WordSplitting, OfNothingIsNothing) {
  EXPECT_TRUE(split_to_words(multilingual(), "en", {}).empty());
}

}  // namespace
}  // namespace sotto
