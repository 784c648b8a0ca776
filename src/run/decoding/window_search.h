#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "run/decoding/decode_options.h"
#include "run/decoding/initial_tokens.h"
#include "run/decoding/logit_filters.h"
#include "run/decoding/token_search.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// One window on its way from logits to a text (decoding.py's DecodingTask): filters, greedy or
/// beam search, ranking. It asks no session; who drives it (SearchBatch) feeds what it says and
/// brings what comes of it.
class WindowSearch {
 public:
  /// `context` is the session's. Throws usage for options that check_decode_options() refuses, or
  /// initial tokens that do not fit the context.
  WindowSearch(const Tokenizer& tokenizer, std::int64_t context, DecodeOptions options);

  /// What all rows begin with, and behind which of these tokens logits are wanted.
  [[nodiscard]] std::span<const TokenId> initial_tokens() const { return initial_.tokens; }
  [[nodiscard]] std::span<const std::size_t> positions() const { return positions_; }
  [[nodiscard]] std::size_t rows() const { return rows_.tokens.size(); }

  /// Takes these logits, [positions, n_vocab], and chooses the first tokens; all rows() come of the
  /// one that was fed.
  void begin(std::span<const float> logits);

  /// Whether there is nothing left to feed.
  [[nodiscard]] bool is_done() const { return is_done_; }
  /// Which row of before each row came from, and the token that it has more, to be fed next.
  [[nodiscard]] std::span<const std::size_t> sources() const { return rows_.sources; }
  void append_last_tokens(std::vector<TokenId>& tokens) const;

  /// Takes the logits after those tokens, [rows, n_vocab], which it scribbles on, and chooses the
  /// next.
  void advance(std::span<float> logits);

  /// What the window says. Once, at the end.
  [[nodiscard]] DecodeResult finish();

 private:
  void filter(std::span<float> logits) const;
  [[nodiscard]] std::size_t n_vocab() const {
    return static_cast<std::size_t>(tokenizer_.n_vocab());
  }

  const Tokenizer& tokenizer_;
  std::int64_t context_;
  DecodeOptions options_;
  InitialTokens initial_;
  std::vector<std::size_t> positions_;
  std::vector<std::unique_ptr<LogitFilter>> filters_;
  std::unique_ptr<TokenSearch> search_;
  SearchRows rows_;
  std::int64_t sampled_ = 0;
  bool is_done_ = false;
  double no_speech_prob_ = 0;
};

}  // namespace sotto
