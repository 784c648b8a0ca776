#pragma once

#include "run/decoding/audio_windows.h"
#include "run/decoding/transcribe_options.h"
#include "run/decoding/transcript.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// Writes down a recording of any length, window after window (transcribe.py): each is decoded with
/// fallback, cut at its timestamps, and says where the next begins; what was said is the next one's
/// prompt. At temperature 0 it gives the reference's segments. Throws usage for options that
/// check_options() refuses or a language that the model does not know.
[[nodiscard]] Transcript transcribe(AudioWindows& audio, const Tokenizer& tokenizer,
                                    const TranscribeOptions& options,
                                    const TranscribeObserver& observer = {});

/// The token of the language that the options name; absent where it is to be detected, and for an
/// English-only model. Throws usage for a language that the model does not know, for another than
/// English and for translation with an English-only model.
[[nodiscard]] std::optional<TokenId> requested_language(const Tokenizer& tokenizer,
                                                        const TranscribeOptions& options);

}  // namespace sotto
