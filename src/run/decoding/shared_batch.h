#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "run/decoding/batch_session.h"

namespace sotto {

class BatchShare;

/// A batch whose places serve several recordings, each written down by a thread of its own
/// (BatchShare). A step feeds the rows of all of them: it is taken when every recording that has a
/// window under way asks for one, by the thread that was the last to ask, so that steps are as full
/// as they can be. Nobody waits for a recording that has no window yet, or none any more. For any
/// threads at once; what computes is used by one at a time.
class SharedBatch {
 public:
  /// `session`, which has so many places, must outlive it and is used through it alone.
  SharedBatch(BatchSession& session, std::size_t places) : session_(session), places_(places) {}

 private:
  friend class BatchShare;

  struct Place {
    BatchShare* owner = nullptr;
    bool is_under_way = false;   ///< from when its window is encoded until it is dropped
    bool has_leftovers = false;  ///< the session has rows of a share that ended early
    std::size_t rows = 0;
  };
  [[nodiscard]] std::optional<std::size_t> take_free(BatchShare& owner);
  void release(std::size_t place);
  [[nodiscard]] bool all_ask() const;
  void step();
  void feed();
  void drop_leftovers();

  BatchSession& session_;
  std::mutex mutex_;  ///< of all that follows, of shares, and of the session
  std::vector<Place> places_;
  std::vector<TokenId> tokens_;            ///< of a step
  std::condition_variable stepped_;        ///< or fewer are waited for
  std::condition_variable freed_;          ///< a place, or the next in the queue may look
  std::uint64_t came_ = 0, admitted_ = 0;  ///< shares, and those of them that got a place
};

/// What one recording has of a SharedBatch: its places, and a session over them that knows of no
/// others. For one thread.
class BatchShare : public BatchSession {
 public:
  /// Waits for a place, behind those who came before. The share has one as long as it lives.
  /// `batch` must outlive it.
  explicit BatchShare(SharedBatch& batch);
  /// Gives all places back, whatever is under way in them.
  ~BatchShare() override;
  BatchShare(const BatchShare&) = delete;
  BatchShare& operator=(const BatchShare&) = delete;

  /// A place for one more window: always where the share has none under way, else if one is free.
  [[nodiscard]] std::optional<std::size_t> take();
  /// The window in `place` was dropped, and no other follows it.
  void give_back(std::size_t place);

  /// Calls `encode`, which puts a window into `place`, while nobody else computes. From now on
  /// steps wait for this share, until it drops what it has under way.
  void encode(std::size_t place, const std::function<void()>& encode);

  [[nodiscard]] std::int64_t context() const override { return batch_.session_.context(); }
  std::span<const float> prefill(std::size_t place, std::span<const TokenId> tokens,
                                 std::span<const std::size_t> positions) override;
  void reorder(std::size_t place, std::span<const std::size_t> sources) override;
  void drop(std::size_t place) override;
  /// What the joint step throws, each share in it throws.
  std::span<const float> step(std::span<const TokenId> tokens) override;
  AttentionScores attention_scores(std::size_t place, std::span<const TokenId> tokens) override;

 private:
  friend class SharedBatch;

  [[nodiscard]] SharedBatch::Place& own_place(std::size_t place);
  [[nodiscard]] std::size_t rows() const;

  SharedBatch& batch_;
  std::size_t count_ = 0;                          ///< of its places
  std::optional<std::size_t> spare_;               ///< the only one, while it has no window
  std::optional<std::span<const TokenId>> asked_;  ///< what the next step is to feed
  std::exception_ptr failure_;                     ///< of the last step
  std::vector<float> answer_;                      ///< of the last call
};

}  // namespace sotto
