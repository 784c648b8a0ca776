#include "run/decoding/word_splitting.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "core/base/text.h"
#include "run/tokenizer/utf8.h"

namespace sotto {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kAsciiPunctuation = R"(!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~)";
constexpr std::array<std::string_view, 6> kWithoutSpaces{"zh", "ja", "th", "lo", "my", "yue"};

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    const std::size_t size = next_utf8_piece(text).size;
    found.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return found;
}

/// The place of the first U+FFFD, in characters.
std::optional<std::size_t> first_replacement(const std::vector<std::string_view>& text) {
  const auto found = std::find(text.begin(), text.end(), kReplacement);
  if (found == text.end()) return std::nullopt;
  return static_cast<std::size_t>(found - text.begin());
}

}  // namespace

std::vector<TokenizedWord> split_on_characters(const Tokenizer& tokenizer,
                                               std::span<const TokenId> tokens) {
  const std::string whole_text = tokenizer.decode(tokens);
  const std::vector<std::string_view> whole = characters(whole_text);
  std::vector<TokenizedWord> words;
  TokenizedWord word;
  std::size_t done = 0;  // characters of the words so far
  for (const TokenId token : tokens) {
    word.tokens.push_back(token);
    word.text = tokenizer.decode(word.tokens);
    const std::vector<std::string_view> text = characters(word.text);
    const auto broken = first_replacement(text);
    const bool stays_broken =
        broken && done + *broken < whole.size() && whole[done + *broken] == kReplacement;
    if (broken && !stays_broken) continue;
    done += text.size();
    words.push_back(std::exchange(word, {}));
  }
  return words;
}

std::vector<TokenizedWord> split_on_spaces(const Tokenizer& tokenizer,
                                           std::span<const TokenId> tokens) {
  std::vector<TokenizedWord> words;
  for (TokenizedWord& part : split_on_characters(tokenizer, tokens)) {
    const bool is_special = part.tokens.front() >= tokenizer.special().end_of_text;
    const bool has_space = part.text.starts_with(' ');
    // The reference asks for a substring: "()" is one, and so is no text at all.
    const bool is_punctuation =
        kAsciiPunctuation.find(strip_white_space(part.text)) != std::string_view::npos;
    if (is_special || has_space || is_punctuation || words.empty()) {
      words.push_back(std::move(part));
    } else {
      words.back().text += part.text;
      words.back().tokens.insert(words.back().tokens.end(), part.tokens.begin(), part.tokens.end());
    }
  }
  return words;
}

std::vector<TokenizedWord> split_to_words(const Tokenizer& tokenizer, std::string_view language,
                                          std::span<const TokenId> tokens) {
  const bool without_spaces =
      std::find(kWithoutSpaces.begin(), kWithoutSpaces.end(), language) != kWithoutSpaces.end();
  return without_spaces ? split_on_characters(tokenizer, tokens)
                        : split_on_spaces(tokenizer, tokens);
}

}  // namespace sotto
