#include "run/decoding/punctuation.h"

#include <cstddef>
#include <utility>

#include "core/base/text.h"

namespace sotto {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

void prepend(WordTiming& word, WordTiming& following) {
  following.word.insert(0, std::exchange(word.word, ""));
  following.tokens.insert(following.tokens.begin(), word.tokens.begin(), word.tokens.end());
  word.tokens.clear();
}

void append(WordTiming& word, WordTiming& previous) {
  previous.word += std::exchange(word.word, "");
  previous.tokens.insert(previous.tokens.end(), word.tokens.begin(), word.tokens.end());
  word.tokens.clear();
}

}  // namespace

void merge_punctuation(std::vector<WordTiming>& words, std::string_view prepended,
                       std::string_view appended) {
  if (words.size() < 2) return;
  std::size_t following = words.size() - 1;
  for (std::size_t i = words.size() - 1; i-- > 0;) {
    if (words[i].word.starts_with(' ') && contains(prepended, strip_white_space(words[i].word))) {
      prepend(words[i], words[following]);
    } else {
      following = i;
    }
  }
  std::size_t previous = 0;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (!words[previous].word.ends_with(' ') && contains(appended, words[i].word)) {
      append(words[i], words[previous]);
    } else {
      previous = i;
    }
  }
}

}  // namespace sotto
