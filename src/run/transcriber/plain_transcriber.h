#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "run/engine/model.h"
#include "run/transcriber/plain_transcript.h"

namespace sotto {

struct PlainOptions {
  std::optional<std::string> language;  ///< code or English name; detected when absent
  Trace* trace = nullptr;               ///< filled when given; must outlive the call
};

/// The plain loop of the TorchScript pipeline that bundles are compared with: one window → mel →
/// encoder → greedy decoder → text, without timestamps and without any rule on tokens. For the
/// thread that has its model.
class PlainTranscriber {
 public:
  /// `model` must outlive the transcriber.
  explicit PlainTranscriber(Model& model) : model_(model) {}

  /// Throws usage when the recording is longer than the model's window, or the language is unknown
  /// (or another than English for an English-only model); and what open_samples() and
  /// read_samples() throws.
  [[nodiscard]] PlainTranscript transcribe(const std::filesystem::path& audio,
                                           const PlainOptions& options = {});

  /// The same from an encoder's output that somebody else computed, [1, audio length, width].
  /// Throws mismatch for another shape.
  [[nodiscard]] PlainTranscript transcribe_encoded(Tensor encoder_output,
                                                   const PlainOptions& options = {});

 private:
  [[nodiscard]] Tensor listen(const std::filesystem::path& audio, PlainTranscript& result);
  void write_down(EncodedWindow& window, std::optional<TokenId> language, Trace* trace,
                  PlainTranscript& result);

  Model& model_;
};

}  // namespace sotto
