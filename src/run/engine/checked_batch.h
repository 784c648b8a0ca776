#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "run/decoding/batch_session.h"
#include "run/engine/attention_reader.h"
#include "run/engine/checked_session.h"
#include "run/engine/encoded_window.h"
#include "run/engine/stateful_batch.h"

namespace sotto {

/// Several encoded windows and their rows, held to the contract of BatchSession: what
/// CheckedSession is for one window, with the same errors, and internal for places that there are
/// not or that have no window.
class CheckedBatch : public BatchSession {
 public:
  /// `attention` must outlive it; without it attention_scores() throws unavailable.
  CheckedBatch(std::unique_ptr<StatefulBatch> batch, std::int64_t n_vocab, SessionCount count,
               AttentionReader* attention = nullptr);

  [[nodiscard]] std::size_t places() const { return places_.size(); }

  /// Where to encode the window that `place` is to have; its own, where attention is read.
  [[nodiscard]] EncodedWindow& window(std::size_t place);
  /// Takes what was encoded there.
  void keep(std::size_t place);

  [[nodiscard]] std::int64_t context() const override { return batch_->context(); }
  std::span<const float> prefill(std::size_t place, std::span<const TokenId> tokens,
                                 std::span<const std::size_t> positions) override;
  void reorder(std::size_t place, std::span<const std::size_t> sources) override;
  void drop(std::size_t place) override;
  std::span<const float> step(std::span<const TokenId> tokens) override;
  AttentionScores attention_scores(std::size_t place, std::span<const TokenId> tokens) override;

 private:
  struct Place {
    bool has_window = false;
    std::size_t rows = 0, length = 0;
  };
  void check_alive() const;
  [[nodiscard]] Place& place_of(std::size_t place);
  [[nodiscard]] Place& heard_place(std::size_t place);

  std::unique_ptr<StatefulBatch> batch_;
  std::int64_t n_vocab_;
  SessionCount count_;
  std::uint64_t number_;
  AttentionReader* attention_;
  std::vector<Place> places_;
  std::vector<EncodedWindow> windows_;  ///< one a place, or one for all
};

}  // namespace sotto
