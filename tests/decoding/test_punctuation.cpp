// Punctuation merged as openai/whisper's merge_punctuations() does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run/decoding/punctuation.h"
#include "run/decoding/transcribe_options.h"

namespace sotto {
namespace {

using testing::ElementsAre;
using testing::FieldsAre;
using Tokens = std::vector<TokenId>;

struct Merged {
  std::string word;
  Tokens tokens;  // the places of the words that went into it
};

std::vector<Merged> merged(const std::vector<std::string>& texts) {
  std::vector<WordTiming> words;
  for (const std::string& text : texts) {
    words.push_back({text, {static_cast<TokenId>(words.size())}, 0, 0, 0});
  }
  const TranscribeOptions defaults;
  merge_punctuation(words, defaults.prepend_punctuations, defaults.append_punctuations);
  std::vector<Merged> found;
  for (WordTiming& word : words) found.push_back({word.word, word.tokens});
  return found;
}

auto word(std::string_view text, const Tokens& tokens) {
  return FieldsAre(std::string(text), tokens);
}
auto gone() { return word("", {}); }

TEST(MergePunctuation, AppendsToTheWordBefore) {
  EXPECT_THAT(merged({" Hello", ",", " world", "!"}),
              ElementsAre(word(" Hello,", {0, 1}), gone(), word(" world!", {2, 3}), gone()));
  EXPECT_THAT(
      merged({" a", ".”", ")]", "}、", "?!"}),
      ElementsAre(word(" a", {0}), word(".”)]}、", {1, 2, 3}), gone(), gone(), word("?!", {4})));
}

TEST(MergePunctuation, PrependsToTheWordBehind) {
  EXPECT_THAT(merged({" \"", "Hi", "\"", " (\"", "x", "\")", "."}),
              ElementsAre(gone(), word(" \"Hi\"", {0, 1, 2}), gone(), word(" (\"", {3}),
                          word("x", {4}), word("\").", {5, 6}), gone()));
  EXPECT_THAT(merged({"a", " -", " -", "b"}),
              ElementsAre(word("a", {0}), gone(), gone(), word(" - -b", {1, 2, 3})));
}

TEST(MergePunctuation, AsksForASubstringOfTheSigns) {
  EXPECT_THAT(merged({" ([", " x"}), ElementsAre(gone(), word(" ([ x", {0, 1})));
  EXPECT_THAT(merged({" ['", " x"}), ElementsAre(word(" ['", {0}), word(" x", {1})));
}

TEST(MergePunctuation, TakesNoTextForPunctuation) {
  EXPECT_THAT(merged({" a", " ", "b"}), ElementsAre(word(" a", {0}), gone(), word(" b", {1, 2})));
  EXPECT_THAT(merged({" a", "", " b"}), ElementsAre(word(" a", {0, 1}), gone(), word(" b", {2})));
}

TEST(MergePunctuation, AppendsNothingBehindASpace) {
  EXPECT_THAT(merged({" a ", " ,", "."}),
              ElementsAre(word(" a ", {0}), word(" ,.", {1, 2}), gone()));
}

TEST(MergePunctuation, LeavesSingleWordsAlone) {
  EXPECT_THAT(merged({" “"}), ElementsAre(word(" “", {0})));
  EXPECT_TRUE(merged({}).empty());
}

}  // namespace
}  // namespace sotto
