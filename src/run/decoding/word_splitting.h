#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "run/decoding/decoder_session.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// A piece of text with the tokens that it is made of.
struct TokenizedWord {
  std::string text;
  std::vector<TokenId> tokens;
  bool operator==(const TokenizedWord&) const = default;
};

/// Tokens put together to words as the reference's tokenizer.py does it for that language (its
/// code): wherever characters are whole in languages that are written without spaces (zh, ja, th,
/// lo, my, yue), else at spaces, punctuation and special tokens. Tokens at the end that never make
/// up whole characters may be left out, as there.
[[nodiscard]] std::vector<TokenizedWord> split_to_words(const Tokenizer& tokenizer,
                                                        std::string_view language,
                                                        std::span<const TokenId> tokens);

/// The smallest groups of tokens that are whole characters. A U+FFFD ends a group too when the text
/// of all tokens has one in the same place: there it is a character, or can become none.
[[nodiscard]] std::vector<TokenizedWord> split_on_characters(const Tokenizer& tokenizer,
                                                             std::span<const TokenId> tokens);

/// These groups joined unless one begins with a space, is punctuation (ASCII) or a special token.
[[nodiscard]] std::vector<TokenizedWord> split_on_spaces(const Tokenizer& tokenizer,
                                                         std::span<const TokenId> tokens);

}  // namespace sotto
