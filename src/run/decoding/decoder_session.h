#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/error.h"
#include "run/tokenizer/token_id.h"

namespace sotto {

/// Scores (before softmax) that chosen heads of the decoder's cross-attention give to the places of
/// the audio: [heads, tokens, places] in row-major order; 20 ms of audio a place.
struct AttentionScores {
  std::int64_t heads = 0, tokens = 0, places = 0;
  std::span<const float> values;
};

/// The decoder over one encoded window of audio, fed one row of tokens at a time, each anew. What a
/// call returns is valid until the next call. For the thread that has its model.
class RowSession {
 public:
  virtual ~RowSession() = default;
  RowSession() = default;
  RowSession(const RowSession&) = delete;
  RowSession& operator=(const RowSession&) = delete;

  /// The most tokens that one row can hold (n_text_ctx).
  [[nodiscard]] virtual std::int64_t context() const = 0;

  /// Forgets what was fed before and feeds `tokens` (at least one, at most context()) as the only
  /// row. Returns the logits [positions.size(), n_vocab] after the tokens at these positions, none
  /// of which is before the one before it.
  virtual std::span<const float> prefill(std::span<const TokenId> tokens,
                                         std::span<const std::size_t> positions) = 0;

  /// The same for the last token alone: [n_vocab].
  std::span<const float> prefill(std::span<const TokenId> tokens) {
    if (tokens.empty()) fail(ErrorKind::internal, "prefill of no tokens");
    const std::size_t last = tokens.size() - 1;
    return prefill(tokens, std::span(&last, 1));
  }

  /// The scores of the alignment heads for a row of `tokens` (at most context()). The rows fed
  /// before are lost. Throws unavailable, with what to do, where nothing computes them.
  virtual AttentionScores attention_scores(std::span<const TokenId> tokens) = 0;
};

/// The decoder over one encoded window of audio, as the decoding loop sees it: rows of tokens in,
/// logits out. It hides which back end computes and whether it keeps a cache; it knows no token
/// rule. All rows are equally long.
class DecoderSession : public RowSession {
 public:
  /// Row i becomes what row sources[i] is now: rows may be repeated and left out. At least one.
  virtual void reorder(std::span<const std::size_t> sources) = 0;

  /// Appends tokens[i] to row i, for every row; returns the logits after them, [rows, n_vocab].
  virtual std::span<const float> step(std::span<const TokenId> tokens) = 0;
};

}  // namespace sotto
