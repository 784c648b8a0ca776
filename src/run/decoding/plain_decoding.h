#pragma once

#include <span>
#include <vector>

#include "run/decoding/decoder_session.h"
#include "run/tokenizer/tokenizer.h"

// The loop of the TorchScript pipeline that bundles are compared with: no timestamps, and no rule
// on tokens.

namespace sotto {

/// What stands before the text when no timestamps are wanted: start, language, transcribe,
/// no-timestamps; for an English-only vocabulary start and no-timestamps (the reference's
/// sot_sequence_including_notimestamps). `language` plays no part there.
[[nodiscard]] std::vector<TokenId> plain_prompt(const SpecialTokens& special, TokenId language);

/// The plain greedy loop: feeds `prompt` (at least one token), appends the most likely token again
/// and again until it is `end_of_text` or the sequence holds session.context() tokens. Returns the
/// whole sequence, prompt and end of text included. No filter touches the logits.
[[nodiscard]] std::vector<TokenId> decode_greedily(DecoderSession& session,
                                                   std::span<const TokenId> prompt,
                                                   TokenId end_of_text);

}  // namespace sotto
