#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace sotto {

/// Somebody speaks from sample `first` to before sample `last`, at 16 kHz.
struct SpeechSpan {
  std::int64_t first = 0;
  std::int64_t last = 0;

  friend bool operator==(const SpeechSpan&, const SpeechSpan&) = default;
};

/// From the probabilities of speech in chunks of 512 samples to spans of speech, by the rules and
/// the defaults of Silero VAD's get_speech_timestamps():
///   threshold 0.5                 speech begins with a chunk of at least that;
///   neg_threshold 0.35            it may end where a chunk is below that, and does when another
///   min_silence_duration_ms 100   is, that much later, and none between reached the threshold;
///   min_speech_duration_ms 250    what lasts no longer is dropped;
///   speech_pad_ms 30              what remains grows by that on either side;
///   max_speech_duration_s         infinite.
class SpeechSpanFinder {
 public:
  /// The probability of the next chunk.
  void add(float probability);

  /// All spans of a recording of `samples` samples, the last chunk's padding not counted. Nothing
  /// can be added afterwards.
  [[nodiscard]] std::vector<SpeechSpan> finish(std::int64_t samples);

 private:
  void keep(std::int64_t last);

  std::int64_t position_ = 0;            // of the next chunk
  std::optional<std::int64_t> start_;    // of speech that has not ended
  std::optional<std::int64_t> silence_;  // where it may have ended
  std::vector<SpeechSpan> spans_;
};

/// Seconds of a recording, from `start` to before `end`.
struct AudioClip {
  double start = 0;
  double end = 0;
};

/// What of a recording should be written down: the spans, those less than 2 s apart as one. Every
/// clip begins a window of its own and costs a run of the encoder, which takes 30 s whatever is in
/// it, and loses the sentence before; so breaths and pauses between sentences stay in.
[[nodiscard]] std::vector<AudioClip> clips_of(const std::vector<SpeechSpan>& spans);

}  // namespace sotto
