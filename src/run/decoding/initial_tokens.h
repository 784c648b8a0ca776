#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "run/decoding/decode_options.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// What every row begins with: what was said before, then start of transcript, language, task and
/// no-timestamps as asked for, then the prefix.
struct InitialTokens {
  std::vector<TokenId> tokens;
  std::size_t start = 0;  ///< the place of start of transcript
};

/// Cuts prompt and prefix as decoding.py does: the prompt to its last n_text_ctx / 2 − 1 tokens,
/// the prefix to what the length of the sample leaves of the other half. Throws usage when the
/// result does not fit the context.
[[nodiscard]] InitialTokens initial_tokens(const SpecialTokens& special, std::int64_t context,
                                           const DecodeOptions& options);

}  // namespace sotto
