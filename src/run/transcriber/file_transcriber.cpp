#include "run/transcriber/file_transcriber.h"

#include <future>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "run/engine/stopwatch.h"
#include "run/transcriber/open_recording.h"
#include "run/vad/voice_activity.h"

namespace sotto {
namespace {

constexpr std::int64_t kSamplesPerFrame = 160;

}  // namespace

FileTranscriber::FileTranscriber(Model& model, FileTranscriberOptions options)
    : model_(model), options_(std::move(options)), transcriber_(model) {
  if (options_.batch > 0) model.check_batches();
  if (options_.vad_model) network_.emplace(*options_.vad_model);
  if (options_.transcription.word_timestamps) {
    std::optional<AlignmentHeads> heads;
    if (!options_.alignment_heads.empty()) heads = options_.alignment_heads;
    static_cast<void>(model.load_attention(heads));
  }
  if (options_.batch == 0) return;
  batch_ = std::make_shared<ModelBatch>(model, static_cast<std::size_t>(options_.batch));
}

FileTranscriber FileTranscriber::beside() const {
  if (batch_ == nullptr) fail(ErrorKind::internal, "nothing is decoded beside one window");
  return *this;
}

Transcript FileTranscriber::transcribe(std::shared_ptr<const InputFile> file,
                                       const FileObserver& observer) {
  std::optional<ModelShare> share;
  if (batch_ != nullptr) share.emplace(*batch_);
  const Stopwatch reading;
  const StreamOpener opener = sample_opener(std::move(file), options_.pcm);
  TranscribeOptions options = options_.transcription;
  // Speech is looked for beside the first reading: neither keeps two processors busy.
  std::future<std::vector<double>> speech;
  if (network_) {
    speech = std::async(std::launch::async, [&] { return times_of_speech(*opener()); });
  }
  Recording recording(opener, model_.dims().n_mels);
  if (network_) options.clip_timestamps = speech.get();
  if (recording.cancels_out() && observer.on_cancelled_channels) observer.on_cancelled_channels();
  const double audio_time = reading.seconds();
  Transcript transcript =
      share ? transcriber_.transcribe_in_batches(recording, options, *share, observer)
            : transcriber_.transcribe(recording, options, observer);
  times_ = transcriber_.times();
  times_.audio_time = audio_time;
  return transcript;
}

std::vector<AudioClip> FileTranscriber::clips_with_speech(SampleStream& stream) {
  if (options_.batch == 0) return clips_of(speech_spans(stream, *network_));
  // A frame less than the encoder takes, for clips begin and end somewhere in one.
  const std::int64_t longest = (model_.frames() - 1) * kSamplesPerFrame;
  return packed_clips(short_speech_spans(stream, *network_, longest), longest);
}

std::vector<double> FileTranscriber::times_of_speech(SampleStream& stream) {
  std::vector<double> times;
  for (const AudioClip& clip : clips_with_speech(stream)) {
    times.insert(times.end(), {clip.start, clip.end});
  }
  // No clips at all would stand for the whole recording.
  if (times.empty()) times = {0, 0};
  return times;
}

}  // namespace sotto
