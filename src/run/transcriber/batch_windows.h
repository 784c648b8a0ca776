#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "run/decoding/batch_audio.h"
#include "run/mel/recording.h"
#include "run/transcriber/model_batch.h"

namespace sotto {

/// A recording as a model hears it in batches: ModelWindows for several windows at once. Both must
/// outlive it.
class BatchWindows : public BatchAudio {
 public:
  BatchWindows(ModelShare& share, Recording& recording);

  [[nodiscard]] std::int64_t content_frames() const override { return recording_.content_frames(); }
  [[nodiscard]] std::int64_t window_frames() const override { return share_.model().frames(); }
  [[nodiscard]] std::optional<std::size_t> take_place() override { return share_.places().take(); }
  void give_back(std::size_t place) override;
  [[nodiscard]] BatchSession& session() override { return share_.places(); }
  void encode(std::size_t place, std::int64_t first, std::int64_t count) override;
  void encode_opening(std::size_t place) override { encode(place, 0, window_frames()); }

  /// Seconds of wall time spent on mel and encoder so far.
  [[nodiscard]] double encode_time() const { return encode_time_; }

 private:
  /// The mel of what a place heard last: the rest of a passage is heard in the same place, and to
  /// read back in a recording is to read it anew.
  struct Heard {
    Tensor mel;
    std::int64_t first = 0, count = 0;
  };
  [[nodiscard]] const Tensor& mel_of(Heard& heard, std::int64_t first, std::int64_t count);

  ModelShare& share_;
  Recording& recording_;
  std::map<std::size_t, Heard> heard_;  ///< by place
  Tensor rest_;
  double encode_time_ = 0;
};

}  // namespace sotto
