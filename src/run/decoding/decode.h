#pragma once

#include <vector>

#include "run/decoding/decode_options.h"
#include "run/decoding/decoder_session.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// Start of transcript, then language and task where the vocabulary has them (tokenizer.py's
/// sot_sequence). Throws usage for a multilingual vocabulary without a language.
[[nodiscard]] std::vector<TokenId> sot_sequence(const SpecialTokens& special,
                                                const DecodeOptions& options);

/// Decodes the window that `session` is over: a SearchBatch of one. At temperature 0 it gives the
/// reference's tokens. Throws usage for options that check_decode_options() refuses, or initial
/// tokens that do not fit the context.
[[nodiscard]] DecodeResult decode(DecoderSession& session, const Tokenizer& tokenizer,
                                  const DecodeOptions& options);

/// Throws usage, in one sentence, for options that contradict each other or are out of range.
void check_decode_options(const DecodeOptions& options);

}  // namespace sotto
