#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "run/decoding/decoder_session.h"
#include "run/decoding/transcript.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// The window whose words are to be timed.
struct TimedWindow {
  std::vector<TokenId> sot_sequence;  ///< start of transcript, language, task: as it was decoded
  std::string language;               ///< code; decides how tokens are put together to words
  std::int64_t frames = 0;            ///< mel frames of speech in it
  double last_speech = 0;             ///< seconds at which speech before it ended
};

struct WordTimingOptions {
  std::string prepend_punctuations, append_punctuations;
};

/// Gives every segment its words, and moves the segments' ends to them (the reference's
/// add_word_timestamps, timing.py): cross-attention of the alignment heads, normalised, median
/// filtered and averaged; dynamic time warping; punctuation merged; over-long words cut at pauses.
/// All segments come from the window that `session` is over; their `seek` is where it begins.
/// Throws what session.attention_scores() throws.
void add_word_timestamps(RowSession& session, const Tokenizer& tokenizer, const TimedWindow& window,
                         const WordTimingOptions& options, std::vector<Segment>& segments);

}  // namespace sotto
