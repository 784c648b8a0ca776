#pragma once

#include <filesystem>

#include "run/decoding/transcribe_options.h"
#include "run/decoding/transcript.h"
#include "run/engine/model.h"
#include "run/mel/recording.h"
#include "run/transcriber/model_batch.h"
#include "run/transcriber/plain_transcript.h"

namespace sotto {

/// What a transcription took, in seconds of wall time. Where its windows are decoded beside those of
/// other recordings, `decode_time` has what was done for these meanwhile.
struct TranscriptionTimes {
  double audio_seconds = 0;  ///< how long the recording lasts
  double audio_time = 0;     ///< its first reading
  double encode_time = 0;    ///< mel and encoder, of all windows
  double decode_time = 0;
};

/// Throws usage, naming the option, unless the model can do what the options ask of it: language,
/// task, suppressed tokens, alignment heads.
void check_options_for(const Model& model, const TranscribeOptions& options);

/// The run story: recording → mel → encoder → decoding with timestamps and fallback → segments. For
/// the thread that has its model.
class Transcriber {
 public:
  /// `model` must outlive the transcriber.
  explicit Transcriber(Model& model) : model_(model) {}

  /// A recording of any length, in memory that does not grow with it. Throws what Recording and
  /// transcribe() throw.
  [[nodiscard]] Transcript transcribe(const std::filesystem::path& audio,
                                      const TranscribeOptions& options,
                                      const TranscribeObserver& observer = {});

  /// The same of a recording that is open; `trace`, where given, keeps the first window's numbers.
  [[nodiscard]] Transcript transcribe(Recording& recording, const TranscribeOptions& options,
                                      const TranscribeObserver& observer = {},
                                      Trace* trace = nullptr);

  /// The same of the clips that the options name, as many of them at once as `share`, of a batch of
  /// the same model, gets places for (transcribe_in_batches()).
  [[nodiscard]] Transcript transcribe_in_batches(Recording& recording,
                                                 const TranscribeOptions& options,
                                                 ModelShare& share,
                                                 const TranscribeObserver& observer = {});

  /// Of the last call.
  [[nodiscard]] const TranscriptionTimes& times() const { return times_; }

 private:
  Model& model_;
  TranscriptionTimes times_;
};

}  // namespace sotto
