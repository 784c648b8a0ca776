#pragma once

#include "run/decoding/decode.h"
#include "run/decoding/transcribe_options.h"

namespace sotto {

/// Decodes at one temperature after the other until the result neither repeats itself nor is
/// improbable, silence excepted (transcribe.py's decode_with_fallback). Beams and patience are for
/// temperature 0, the best of several samples for those above. Each attempt has a seed of its own,
/// the window's and those that follow it.
[[nodiscard]] DecodeResult decode_with_fallback(DecoderSession& session, const Tokenizer& tokenizer,
                                                const TranscribeOptions& options,
                                                const DecodeOptions& window);

/// True where a window with this result holds no speech (the check after decode_with_fallback).
[[nodiscard]] bool is_silence(const DecodeResult& result, const TranscribeOptions& options);

}  // namespace sotto
