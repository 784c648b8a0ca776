#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "run/decoding/audio_windows.h"
#include "run/decoding/batch_session.h"

namespace sotto {

/// A recording as the loop over batches sees it: AudioWindows whose windows are encoded into places
/// of a batch, where they stay until others take their place. It may have the batch for itself, or
/// share it with other recordings (SharedBatch).
class BatchAudio {
 public:
  virtual ~BatchAudio() = default;
  BatchAudio() = default;
  BatchAudio(const BatchAudio&) = delete;
  BatchAudio& operator=(const BatchAudio&) = delete;

  [[nodiscard]] virtual std::int64_t content_frames() const = 0;
  [[nodiscard]] virtual std::int64_t window_frames() const = 0;

  /// A place for one more window: always where the recording has none under way, else if one is
  /// free.
  [[nodiscard]] virtual std::optional<std::size_t> take_place() = 0;
  /// The window in `place` was dropped, and no other follows it.
  virtual void give_back(std::size_t place) = 0;
  /// The session over the places that the recording has.
  [[nodiscard]] virtual BatchSession& session() = 0;

  /// As AudioWindows has it, into a place.
  virtual void encode(std::size_t place, std::int64_t first, std::int64_t count) = 0;
  virtual void encode_opening(std::size_t place) = 0;
};

}  // namespace sotto
