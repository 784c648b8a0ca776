#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/tensor.h"
#include "run/transcriber/model.h"

namespace sotto {

/// What one recording became, and what it took (seconds of wall time).
struct Transcription {
  std::filesystem::path audio_file;
  std::string language;            ///< its code; "en" for an English-only model
  bool language_detected = false;  ///< heard by the model, not given by the caller
  std::vector<TokenId> tokens;     ///< the whole sequence, from start of transcript to end of text
  std::string text;                ///< without special tokens and surrounding spaces
  double audio_seconds = 0;        ///< how long the recording lasts
  double audio_time = 0;           ///< reading the file and computing the mel
  double encode_time = 0;
  double decode_time = 0;
  [[nodiscard]] double total_time() const { return encode_time + decode_time; }
};

/// The numbers on the way of one transcription, kept for comparison.
struct Trace {
  std::size_t steps = 0;      ///< of how many decoding steps the logits are wanted
  Tensor mel;                 ///< [1, n_mels, frames]
  Tensor encoder_output;      ///< [1, audio length, width]
  std::vector<float> logits;  ///< [steps taken ≤ steps, n_vocab]
};

struct TranscribeOptions {
  std::optional<std::string> language;  ///< code or English name; detected when absent
  Trace* trace = nullptr;               ///< filled when given; must outlive the call
};

/// Throws usage unless `language` is absent or one that the model knows, by code or English name.
void check_language(const Model& model, const std::optional<std::string>& language);

/// The run story: recording → mel → encoder → greedy decoder → text, without timestamps.
class Transcriber {
 public:
  /// `model` must outlive the transcriber. Loads its full decoder.
  explicit Transcriber(Model& model) : model_(model), decoder_(model.decoder()) {}

  /// Throws usage when the recording is longer than the model's window, or the language is unknown
  /// (or another than English for an English-only model); and what decode_audio() throws.
  [[nodiscard]] Transcription transcribe(const std::filesystem::path& audio,
                                         const TranscribeOptions& options = {});

 private:
  [[nodiscard]] Tensor listen(const std::filesystem::path& audio, Transcription& result);
  [[nodiscard]] Tensor encode(const Tensor& mel);
  void write_down(const Tensor& encoder_output, std::optional<TokenId> language, Trace* trace,
                  Transcription& result);

  Model& model_;
  Executable& decoder_;
};

}  // namespace sotto
