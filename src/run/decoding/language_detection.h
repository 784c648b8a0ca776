#pragma once

#include "run/decoding/decoder_session.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// The language that the model hears: one pass over the start token alone, the largest logit among
/// the language tokens (decoding.py's detect_language). Throws usage for an English-only
/// vocabulary.
[[nodiscard]] TokenId detect_language(RowSession& session, const SpecialTokens& special);

}  // namespace sotto
