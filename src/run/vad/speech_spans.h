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
///   max_speech_duration_s         infinite, or `longest`: then speech is cut, and what follows is
///   a
///                                 span of its own, where the likeliest chunk for a pause is in the
///                                 second half of what it may last (a rule of ours; the package's
///                                 looks for the last pause of 98 ms, where here a span has ended).
class SpeechSpanFinder {
 public:
  /// `longest` in samples, several chunks, paddings included.
  explicit SpeechSpanFinder(std::optional<std::int64_t> longest = std::nullopt)
      : longest_(longest) {}

  /// The probability of the next chunk.
  void add(float probability);

  /// All spans of a recording of `samples` samples, the last chunk's padding not counted. Nothing
  /// can be added afterwards.
  [[nodiscard]] std::vector<SpeechSpan> finish(std::int64_t samples);

 private:
  void keep(std::int64_t last);
  void cut_long_speech(float probability);

  struct Pause {
    std::int64_t place = 0;
    float probability = 0;
  };
  std::optional<std::int64_t> longest_;
  bool is_rest_ = false;                 // what began last is what was left behind a cut
  std::optional<Pause> pause_;           // where speech that lasts too long is cut
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

/// What of a recording is heard side by side: as many spans one after another as fit into `longest`
/// samples together with the pauses between them, as a clip. So a clip is one window, which begins
/// and ends in a pause. No span is longer than that (SpeechSpanFinder).
[[nodiscard]] std::vector<AudioClip> packed_clips(const std::vector<SpeechSpan>& spans,
                                                  std::int64_t longest);

}  // namespace sotto
