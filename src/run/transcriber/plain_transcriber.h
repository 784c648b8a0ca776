#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "run/engine/model.h"
#include "run/transcriber/transcription.h"

namespace sotto {

struct PlainOptions {
  std::optional<std::string> language;  ///< code or English name; detected when absent
  Trace* trace = nullptr;               ///< filled when given; must outlive the call
};

/// The plain loop of the TorchScript pipeline that bundles are compared with: one window → mel →
/// encoder → greedy decoder → text, without timestamps and without any rule on tokens.
class PlainTranscriber {
 public:
  /// `model` must outlive the transcriber.
  explicit PlainTranscriber(Model& model) : model_(model) {}

  /// Throws usage when the recording is longer than the model's window, or the language is unknown
  /// (or another than English for an English-only model); and what open_samples() and
  /// read_samples() throws.
  [[nodiscard]] Transcription transcribe(const std::filesystem::path& audio,
                                         const PlainOptions& options = {});

 private:
  [[nodiscard]] Tensor listen(const std::filesystem::path& audio, Transcription& result);
  void write_down(EncodedWindow& window, std::optional<TokenId> language, Trace* trace,
                  Transcription& result);

  Model& model_;
};

}  // namespace sotto
