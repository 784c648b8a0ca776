#include "run/transcriber/transcriber.h"

#include "run/decoding/suppressed_tokens.h"
#include "run/decoding/transcribe.h"
#include "run/engine/stopwatch.h"
#include "run/transcriber/batch_windows.h"
#include "run/transcriber/model_windows.h"
#include "run/transcriber/open_recording.h"

namespace sotto {

void check_options_for(const Model& model, const TranscribeOptions& options) {
  check_options(options);
  static_cast<void>(requested_language(model.tokenizer(), options));
  static_cast<void>(suppressed_tokens(model.tokenizer(), options.decoding.suppress_tokens));
}

Transcript Transcriber::transcribe(const std::filesystem::path& audio,
                                   const TranscribeOptions& options,
                                   const TranscribeObserver& observer) {
  const Stopwatch reading;
  Recording recording = open_recording(audio, model_.dims().n_mels);
  const double audio_time = reading.seconds();
  Transcript transcript = transcribe(recording, options, observer);
  times_.audio_time = audio_time;
  return transcript;
}

Transcript Transcriber::transcribe(Recording& recording, const TranscribeOptions& options,
                                   const TranscribeObserver& observer, Trace* trace) {
  const Stopwatch transcribing;
  ModelWindows windows(model_, recording, trace);
  Transcript transcript = sotto::transcribe(windows, model_.tokenizer(), options, observer);
  times_ = {recording.seconds(), 0, windows.encode_time(),
            transcribing.seconds() - windows.encode_time()};
  return transcript;
}

Transcript Transcriber::transcribe_in_batches(Recording& recording,
                                              const TranscribeOptions& options, ModelShare& share,
                                              const TranscribeObserver& observer) {
  const Stopwatch transcribing;
  BatchWindows audio(share, recording);
  Transcript transcript =
      sotto::transcribe_in_batches(audio, model_.tokenizer(), options, observer);
  times_ = {recording.seconds(), 0, audio.encode_time(),
            transcribing.seconds() - audio.encode_time()};
  return transcript;
}

}  // namespace sotto
