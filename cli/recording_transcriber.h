#pragma once

#include "inputs.h"
#include "run/transcriber/file_transcriber.h"
#include "transcribe_arguments.h"

namespace sotto::cli {

/// From an input of the command line to its transcript.
class RecordingTranscriber {
 public:
  /// Both must outlive it. Throws what FileTranscriber does.
  RecordingTranscriber(Model& model, const TranscribeArguments& arguments);

  [[nodiscard]] Transcript transcribe(const Input& input, const TranscribeObserver& observer);

  /// Of the last call.
  [[nodiscard]] const TranscriptionTimes& times() const { return transcriber_.times(); }

 private:
  Input input_{};  ///< the one that is being written down
  FileTranscriber transcriber_;
};

}  // namespace sotto::cli
