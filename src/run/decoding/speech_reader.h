#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "run/decoding/decode_options.h"
#include "run/decoding/segments.h"
#include "run/decoding/transcribe_options.h"
#include "run/decoding/transcript.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// What windows that were heard leave to those behind them.
struct SpeechBefore {
  std::vector<TokenId> tokens;    ///< the initial prompt and all that was kept
  std::size_t initial_count = 0;  ///< of them, those of the initial prompt
  std::size_t prompt_begin = 0;   ///< where the prompt for the next window begins
  double last_speech = 0;         ///< seconds at which speech ended
};

/// Lengths in mel frames.
struct RecordingFrames {
  std::int64_t window = 0;   ///< what the encoder takes at once
  std::int64_t content = 0;  ///< of the recording
};

/// What stands around the decoding of each window in transcribe.py's loop: the prompt before it,
/// and what its result becomes.
class SpeechReader {
 public:
  /// `language` is its token, absent for an English-only model. The first two must outlive it.
  SpeechReader(const Tokenizer& tokenizer, const TranscribeOptions& options,
               const RecordingFrames& frames, std::optional<TokenId> language);

  /// The language's code.
  [[nodiscard]] const std::string& language() const { return language_; }

  /// What the first window has before it: the initial prompt.
  [[nodiscard]] SpeechBefore beginning() const;

  /// How the window behind `before` is decoded, whose number gives it seeds of its own.
  [[nodiscard]] DecodeOptions options_for(const SpeechBefore& before, std::int64_t context,
                                          std::uint64_t number) const;

  struct Heard {
    std::vector<Segment> segments;  ///< final but for their ids
    std::int64_t next_seek = 0;     ///< where the next window begins, behind this one's beginning
  };
  /// What the result of a window says: silence, or segments, with words where they are asked for,
  /// for which `session` over that window is fed. `before` goes on behind it.
  [[nodiscard]] Heard read(const DecodeResult& result, const WindowPlace& place,
                           RowSession& session, SpeechBefore& before) const;

 private:
  [[nodiscard]] std::vector<TokenId> encode_phrase(const std::string& text) const;
  [[nodiscard]] std::vector<TokenId> prompt(const SpeechBefore& before, std::int64_t context) const;
  [[nodiscard]] bool time_words(RowSession& session, const WindowPlace& place, CutWindow& window,
                                SpeechBefore& before) const;

  const Tokenizer& tokenizer_;
  const TranscribeOptions& options_;
  RecordingFrames frames_;
  std::string language_;
  DecodeOptions decoding_;
};

/// A transcript that grows by the segments of window after window.
class GrowingTranscript {
 public:
  /// Both must outlive it.
  GrowingTranscript(const Tokenizer& tokenizer, const TranscribeObserver& observer)
      : tokenizer_(tokenizer), observer_(observer) {}

  /// Numbers the segments, keeps them and tells the observer.
  void keep(std::vector<Segment> segments);
  [[nodiscard]] Transcript finish(const std::string& language);

 private:
  const Tokenizer& tokenizer_;
  const TranscribeObserver& observer_;
  Transcript transcript_;
};

/// Tells the observer of a language that was detected.
[[nodiscard]] TokenId announced_language(TokenId language, const Tokenizer& tokenizer,
                                         const TranscribeObserver& observer);

}  // namespace sotto
