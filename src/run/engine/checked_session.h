#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "run/decoding/decoder_session.h"
#include "run/engine/attention_reader.h"
#include "run/engine/encoded_window.h"
#include "run/engine/unchecked_session.h"

namespace sotto {

/// What makes a session the last one of its model: who makes another one, or takes the model's
/// memory in another way, counts up.
using SessionCount = std::shared_ptr<std::uint64_t>;

/// A decoder over one encoded window, of whatever kind, with the attention that times words. The
/// contract of DecoderSession is held here, in one place: whatever a caller gives is checked before
/// that kind's own session sees it. Usage for a sequence that does not fit the context and
/// for tokens that the model has not; internal for everything that a loop gets wrong: no tokens or
/// rows, positions and rows that there are not, and a session that was ended, by another one of its
/// model or because something else was encoded into its window.
class CheckedSession : public DecoderSession {
 public:
  /// `window` and `attention` must outlive it. Without the latter attention_scores() throws
  /// unavailable.
  CheckedSession(std::unique_ptr<UncheckedSession> session, std::int64_t n_vocab,
                 SessionCount count, const EncodedWindow& window,
                 AttentionReader* attention = nullptr);

  using DecoderSession::prefill;
  [[nodiscard]] std::int64_t context() const override { return session_->context(); }
  std::span<const float> prefill(std::span<const TokenId> tokens,
                                 std::span<const std::size_t> positions) override;
  void reorder(std::span<const std::size_t> sources) override;
  std::span<const float> step(std::span<const TokenId> tokens) override;
  AttentionScores attention_scores(std::span<const TokenId> tokens) override;

 private:
  void check_alive() const;

  std::unique_ptr<UncheckedSession> session_;
  std::int64_t n_vocab_;
  SessionCount count_;
  std::uint64_t number_;
  const EncodedWindow& window_;
  std::uint64_t window_number_;
  AttentionReader* attention_;
  std::size_t rows_ = 0, length_ = 0;
};

}  // namespace sotto
