#include "recording_transcriber.h"

#include <string>
#include <unistd.h>
#include <utility>

#include "core/base/error.h"
#include "run/vad/silero_weights.h"

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

std::filesystem::path vad_model_of(const TranscribeArguments& arguments) {
  try {
    return vad_model_path(arguments.vad_model);
  } catch (const Error& error) {
    if (arguments.batch == 0 || arguments.vad_model) throw;
    fail(error.kind(), Option{"batch"}, " cuts recordings where nobody speaks: ", error.message(),
         ", or name the windows yourself with ", Option{"clip_timestamps"});
  }
}

FileTranscriberOptions options_of(const TranscribeArguments& arguments) {
  FileTranscriberOptions options;
  options.transcription = arguments.options;
  if (arguments.vad) options.vad_model = vad_model_of(arguments);
  options.alignment_heads = arguments.alignment_heads;
  options.batch = arguments.batch;
  options.pcm = arguments.pcm;
  return options;
}

}  // namespace

RecordingTranscriber::RecordingTranscriber(Model& model, const TranscribeArguments& arguments)
    : transcriber_(model, options_of(arguments)) {}

WrittenDown RecordingTranscriber::transcribe(const BatchTask& task) {
  const FileObserver observer{task.observer, [&task] { task.note(note_of_silence(task.input)); }};
  Transcript transcript = transcriber_.transcribe(open_input(task.input), observer);
  return {std::move(transcript), transcriber_.times()};
}

}  // namespace sotto::cli
