#pragma once

#include <cstdint>
#include <span>

namespace sotto {

using TokenId = std::int32_t;

/// The decoder over one encoded window of audio, as the decoding loop sees it: tokens in, logits
/// out. It hides which back end computes and whether it keeps a cache; it knows no token rule.
class DecoderSession {
 public:
  virtual ~DecoderSession() = default;
  DecoderSession() = default;
  DecoderSession(const DecoderSession&) = delete;
  DecoderSession& operator=(const DecoderSession&) = delete;

  /// The most tokens that one sequence can hold (n_text_ctx).
  [[nodiscard]] virtual std::int64_t context() const = 0;

  /// Forgets what was fed before and feeds `tokens` (at least one, at most context()). Returns the
  /// logits [n_vocab] after the last one, valid until the next call.
  virtual std::span<const float> prefill(std::span<const TokenId> tokens) = 0;

  /// Appends one token; returns the logits [n_vocab] after it, valid until the next call.
  virtual std::span<const float> step(TokenId token) = 0;
};

}  // namespace sotto
