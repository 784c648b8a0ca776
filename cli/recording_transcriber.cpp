#include "recording_transcriber.h"

#include <string>
#include <unistd.h>

#include "core/base/error.h"
#include "message.h"
#include "run/engine/stopwatch.h"
#include "run/transcriber/open_recording.h"
#include "run/vad/voice_activity.h"

namespace sotto::cli {
namespace {

std::shared_ptr<const InputFile> open_input(const Input& input) {
  if (input.is_standard_input()) return InputFile::spool(STDIN_FILENO, "standard input");
  return InputFile::open_or_spool(input.path);
}

/// The reference mixes all channels, and writes nothing of such a recording.
std::string note_of_silence(const Input& input) {
  const std::string name = input.is_standard_input() ? "standard input" : input.path.string();
  return concat(name,
                ": its channels cancel each other out and leave silence where they are mixed, "
                "as openai/whisper mixes them; hand over one of them (ffmpeg -i ",
                name, " -af 'pan=mono|c0=c0' one.wav)");
}

}  // namespace

RecordingTranscriber::RecordingTranscriber(Model& model, const TranscribeArguments& arguments)
    : model_(model), arguments_(arguments), transcriber_(model) {
  if (arguments.vad) network_.emplace(vad_model_path(arguments.vad_model));
  if (!arguments.options.word_timestamps) return;
  std::optional<AlignmentHeads> heads;
  if (!arguments.alignment_heads.empty()) heads = arguments.alignment_heads;
  static_cast<void>(model.load_attention(heads));
}

Transcript RecordingTranscriber::transcribe(const Input& input,
                                            const TranscribeObserver& observer) {
  const Stopwatch reading;
  const StreamOpener opener = sample_opener(open_input(input), arguments_.pcm);
  TranscribeOptions options = arguments_.options;
  if (network_) options.clip_timestamps = times_of_speech(*opener());
  Recording recording(opener, model_.dims().n_mels);
  if (recording.cancels_out() && !arguments_.quiet) print_error(note_of_silence(input));
  const double audio_time = reading.seconds();
  Transcript transcript = transcriber_.transcribe(recording, options, observer);
  times_ = transcriber_.times();
  times_.audio_time = audio_time;
  return transcript;
}

std::vector<double> RecordingTranscriber::times_of_speech(SampleStream& stream) {
  std::vector<double> times;
  for (const AudioClip& clip : clips_of(speech_spans(stream, *network_))) {
    times.insert(times.end(), {clip.start, clip.end});
  }
  // No clips at all would stand for the whole recording.
  if (times.empty()) times = {0, 0};
  return times;
}

}  // namespace sotto::cli
