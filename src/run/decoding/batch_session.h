#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "run/decoding/decoder_session.h"

namespace sotto {

/// The decoder over several encoded windows of audio at once, each in a numbered place, as the
/// decoding loop sees it: what DecoderSession is for one. Every place has rows of tokens of its
/// own, as many and as long as it likes, and one step feeds them all, so that the decoder's weights
/// are read once for all windows. What a call returns is valid until the next call. For the thread
/// that has its model.
class BatchSession {
 public:
  virtual ~BatchSession() = default;
  BatchSession() = default;
  BatchSession(const BatchSession&) = delete;
  BatchSession& operator=(const BatchSession&) = delete;

  /// The most tokens that one row can hold (n_text_ctx).
  [[nodiscard]] virtual std::int64_t context() const = 0;

  /// RowSession::prefill() of the window in `place`: it has one row now; the others keep
  /// theirs.
  virtual std::span<const float> prefill(std::size_t place, std::span<const TokenId> tokens,
                                         std::span<const std::size_t> positions) = 0;

  /// DecoderSession::reorder() of the rows of `place`.
  virtual void reorder(std::size_t place, std::span<const std::size_t> sources) = 0;

  /// The rows of `place` are not fed any more, until it is prefilled again.
  virtual void drop(std::size_t place) = 0;

  /// Appends a token to every row of every place, those of lower places first; returns the logits
  /// after them, [rows, n_vocab].
  virtual std::span<const float> step(std::span<const TokenId> tokens) = 0;

  /// RowSession::attention_scores() over the window in `place`, whose rows are lost; others'
  /// are not.
  virtual AttentionScores attention_scores(std::size_t place, std::span<const TokenId> tokens) = 0;
};

/// A place of a batch, fed as a window of its own.
class PlaceSession : public RowSession {
 public:
  /// `batch` must outlive it.
  PlaceSession(BatchSession& batch, std::size_t place) : batch_(batch), place_(place) {}

  [[nodiscard]] std::int64_t context() const override { return batch_.context(); }
  using RowSession::prefill;
  std::span<const float> prefill(std::span<const TokenId> tokens,
                                 std::span<const std::size_t> positions) override {
    return batch_.prefill(place_, tokens, positions);
  }
  AttentionScores attention_scores(std::span<const TokenId> tokens) override {
    return batch_.attention_scores(place_, tokens);
  }

 private:
  BatchSession& batch_;
  std::size_t place_;
};

}  // namespace sotto
