#pragma once

#include <optional>
#include <span>
#include <vector>

#include "run/decoding/decoder_session.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// Index of the largest value, the first of equal ones (as torch.argmax on a CPU). Throws format
/// when a value is NaN: the weights or the back end are broken, and whatever came out would be no
/// text.
[[nodiscard]] TokenId arg_max(std::span<const float> logits);

/// What stands before the text when no timestamps are wanted: start, language, transcribe,
/// no-timestamps; for an English-only vocabulary start and no-timestamps (the reference's
/// sot_sequence_including_notimestamps). `language` plays no
/// part there.
[[nodiscard]] std::vector<TokenId> plain_prompt(const SpecialTokens& special, TokenId language);

/// The language that the model hears: one pass over the start token alone, the largest logit among
/// the language tokens (decoding.py's detect_language). Throws usage for an English-only
/// vocabulary.
[[nodiscard]] TokenId detect_language(DecoderSession& session, const SpecialTokens& special);

/// The plain greedy loop: feeds `prompt` (at least one token), appends the most likely token again
/// and again until it is `end_of_text` or the sequence holds session.context() tokens. Returns the
/// whole sequence, prompt and end of text included. No filter touches the logits.
[[nodiscard]] std::vector<TokenId> decode_greedily(DecoderSession& session,
                                                   std::span<const TokenId> prompt,
                                                   TokenId end_of_text);

}  // namespace sotto
