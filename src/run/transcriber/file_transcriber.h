#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/input_file.h"
#include "core/bundle/alignment_heads.h"
#include "run/mel/pcm_format.h"
#include "run/mel/sample_stream.h"
#include "run/transcriber/model_batch.h"
#include "run/transcriber/transcriber.h"
#include "run/vad/silero_network.h"
#include "run/vad/speech_spans.h"

namespace sotto {

/// How files are written down.
struct FileTranscriberOptions {
  TranscribeOptions transcription{};
  /// The weights of Silero VAD (vad_model_path()), to listen only where somebody speaks.
  std::optional<std::filesystem::path> vad_model{};
  /// How many windows to decode at once, apart from each other: 0 for one after the other, each
  /// behind the text of the one before. Where it is not, the clips that are heard side by side are
  /// those of `transcription`, or of voice activity (packed_clips()).
  std::int64_t batch = 0;
  AlignmentHeads alignment_heads{};  ///< that time words; empty: the model's own
  std::optional<PcmFormat> pcm{};    ///< what files are made of that have no header
};

/// Who follows what becomes of a file.
struct FileObserver : TranscribeObserver {
  /// Told of a recording whose channels cancel each other out where they are mixed: the reference
  /// mixes all channels, and writes nothing of it.
  std::function<void()> on_cancelled_channels{};
};

/// From a file to its transcript, with or without voice activity detection. For one thread at a
/// time, which is the one that has its model; its callbacks run there. Where windows are decoded at
/// once, several threads may have such a model, each with a FileTranscriber (beside()).
class FileTranscriber {
 public:
  /// `model` must outlive it. Throws unavailable for batches that the model does not decode
  /// (Model::make_batch()), not_found and more when the weights of the VAD cannot be read,
  /// and what Model::load_attention() throws where word timestamps are asked for.
  FileTranscriber(Model& model, FileTranscriberOptions options);

  /// Another one for another thread, with the same model and options: the windows of what both
  /// write down are decoded in the same steps, and there are no more of them than one has. Only
  /// where `batch` is not 0.
  [[nodiscard]] FileTranscriber beside() const;

  /// Where windows are decoded at once, it reads nothing before a place for one is free.
  [[nodiscard]] Transcript transcribe(std::shared_ptr<const InputFile> file,
                                      const FileObserver& observer = {});

  /// Of the last call.
  [[nodiscard]] const TranscriptionTimes& times() const { return times_; }

 private:
  [[nodiscard]] std::vector<AudioClip> clips_with_speech(SampleStream& stream);
  [[nodiscard]] std::vector<double> times_of_speech(SampleStream& stream);

  Model& model_;
  FileTranscriberOptions options_;
  Transcriber transcriber_;
  TranscriptionTimes times_;
  std::optional<SileroNetwork> network_;
  std::shared_ptr<ModelBatch> batch_;  ///< null where windows are decoded one after the other
};

}  // namespace sotto
