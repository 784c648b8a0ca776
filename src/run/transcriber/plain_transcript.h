#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/tensor.h"
#include "run/decoding/decoder_session.h"

namespace sotto {

/// What one recording became, and what it took (seconds of wall time).
struct PlainTranscript {
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

}  // namespace sotto
