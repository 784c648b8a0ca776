#pragma once

#include "run/decoding/audio_windows.h"
#include "run/decoding/batch_audio.h"
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

/// The same with several windows at once. Each clip of `options.clip_timestamps` is heard by
/// itself, as if the recording began there: no text before it is its prompt, whatever
/// condition_on_previous_text says, and so as many clips as `audio` has places for go on together,
/// the next beginning where one ends. Which ones go together changes nothing: the segments are
/// those of the clips one by one. They come in the recording's order, a clip's when all before it
/// are done.
[[nodiscard]] Transcript transcribe_in_batches(BatchAudio& audio, const Tokenizer& tokenizer,
                                               const TranscribeOptions& options,
                                               const TranscribeObserver& observer = {});

/// The token of the language that the options name; absent where it is to be detected, and for an
/// English-only model. Throws usage for a language that the model does not know, for another than
/// English and for translation with an English-only model.
[[nodiscard]] std::optional<TokenId> requested_language(const Tokenizer& tokenizer,
                                                        const TranscribeOptions& options);

}  // namespace sotto
