#pragma once

#include <optional>

#include "inputs.h"
#include "run/mel/sample_stream.h"
#include "run/transcriber/transcriber.h"
#include "run/vad/silero_network.h"
#include "transcribe_arguments.h"

namespace sotto::cli {

/// From an input of the command line to its transcript, with or without voice activity detection.
class RecordingTranscriber {
 public:
  /// Both must outlive it. Throws not_found and more when the network for --vad cannot be read, and
  /// what Model::load_attention() throws where word timestamps are asked for.
  RecordingTranscriber(Model& model, const TranscribeArguments& arguments);

  [[nodiscard]] Transcript transcribe(const Input& input, const TranscribeObserver& observer);

  /// Of the last call.
  [[nodiscard]] const TranscriptionTimes& times() const { return times_; }

 private:
  [[nodiscard]] std::vector<double> times_of_speech(SampleStream& stream);

  Model& model_;
  const TranscribeArguments& arguments_;
  Transcriber transcriber_;
  TranscriptionTimes times_;
  std::optional<SileroNetwork> network_;
};

}  // namespace sotto::cli
