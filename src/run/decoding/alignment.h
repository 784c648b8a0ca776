#pragma once

#include <span>
#include <string>
#include <vector>

#include "run/decoding/decoder_session.h"
#include "run/decoding/word_timing.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// A word, and when it is said: seconds from the start of the window. A window of fewer than four
/// mel frames is too short to tell: there all words are 0.02 s before it, as in the reference.
struct WordTiming {
  std::string word;
  std::vector<TokenId> tokens;
  double start = 0, end = 0;
  double probability = 0;  ///< mean over its tokens of how likely the decoder finds them
};

/// The words of `text` (tokens below the end of text) with their times in the window that `session`
/// is over (the reference's find_alignment, timing.py). None where the decoder's context is too
/// short for the text between the tokens that frame it (the reference fails there). Throws what the
/// session's attention_scores() throws, and mismatch when they belong to other tokens.
[[nodiscard]] std::vector<WordTiming> find_alignment(RowSession& session,
                                                     const Tokenizer& tokenizer,
                                                     const TimedWindow& window,
                                                     std::span<const TokenId> text);

}  // namespace sotto
