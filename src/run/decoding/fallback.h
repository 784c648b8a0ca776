#pragma once

#include <cstddef>
#include <utility>

#include "run/decoding/decode.h"
#include "run/decoding/transcribe_options.h"

namespace sotto {

/// The attempts at a window, one temperature after the other, until a result neither repeats itself
/// nor is improbable, silence excepted (transcribe.py's decode_with_fallback). Beams and patience
/// are for temperature 0, the best of several samples for those above. Each attempt has a seed of
/// its own, the window's and those that follow it.
class Attempts {
 public:
  /// `options` must outlive it; it has at least one temperature.
  Attempts(const TranscribeOptions& options, DecodeOptions window)
      : options_(options), window_(std::move(window)) {}

  /// How to decode the next time.
  [[nodiscard]] DecodeOptions next();
  /// Whether this result of the last attempt is to be kept.
  [[nodiscard]] bool are_over(const DecodeResult& result) const;

 private:
  const TranscribeOptions& options_;
  DecodeOptions window_;
  std::size_t made_ = 0;
};

/// Decodes one window in as many attempts as it takes.
[[nodiscard]] DecodeResult decode_with_fallback(DecoderSession& session, const Tokenizer& tokenizer,
                                                const TranscribeOptions& options,
                                                const DecodeOptions& window);

/// True where a window with this result holds no speech (the check after decode_with_fallback).
[[nodiscard]] bool is_silence(const DecodeResult& result, const TranscribeOptions& options);

}  // namespace sotto
