#pragma once

#include <functional>

#include "batch.h"
#include "run/transcriber/file_transcriber.h"
#include "transcribe_arguments.h"

namespace sotto::cli {

/// From an input of the command line to its transcript.
class RecordingTranscriber {
 public:
  /// Both must outlive it. Throws what FileTranscriber does.
  RecordingTranscriber(Model& model, const TranscribeArguments& arguments);

  [[nodiscard]] WrittenDown transcribe(const BatchTask& task);

 private:
  std::function<void()> note_silence_;  ///< of the recording that is being written down
  FileTranscriber transcriber_;
};

}  // namespace sotto::cli
