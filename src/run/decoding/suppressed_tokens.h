#pragma once

#include <span>
#include <vector>

#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// Tokens of symbols that nobody speaks (brackets, notes, speaker marks), and of a hyphen or an
/// apostrophe at the start of a word: the reference's non_speech_tokens (tokenizer.py). Sorted.
[[nodiscard]] std::vector<TokenId> non_speech_tokens(const Tokenizer& tokenizer);

/// What the option stands for: −1 is replaced by non_speech_tokens(), and the special tokens that
/// steer Whisper are added. Sorted, each once. Throws usage for an id outside of the vocabulary.
[[nodiscard]] std::vector<TokenId> suppressed_tokens(const Tokenizer& tokenizer,
                                                     std::span<const TokenId> option);

}  // namespace sotto
