#pragma once

#include <utility>

#include "batch.h"
#include "run/transcriber/file_transcriber.h"
#include "transcribe_arguments.h"

namespace sotto::cli {

/// From an input of the command line to its transcript.
class RecordingTranscriber {
 public:
  /// `model` must outlive it. Throws what FileTranscriber does.
  RecordingTranscriber(Model& model, const TranscribeArguments& arguments);

  /// FileTranscriber::beside().
  [[nodiscard]] RecordingTranscriber beside() const {
    return RecordingTranscriber(transcriber_.beside());
  }

  [[nodiscard]] WrittenDown transcribe(const BatchTask& task);

 private:
  explicit RecordingTranscriber(FileTranscriber transcriber)
      : transcriber_(std::move(transcriber)) {}

  FileTranscriber transcriber_;
};

}  // namespace sotto::cli
