#pragma once

#include <cstddef>
#include <cstdint>

#include "run/decoding/audio_windows.h"
#include "run/decoding/batch_session.h"

namespace sotto {

/// A recording as the loop over batches sees it: AudioWindows whose windows are encoded into the
/// places of a batch, where they stay until others take their place.
class BatchAudio {
 public:
  virtual ~BatchAudio() = default;
  BatchAudio() = default;
  BatchAudio(const BatchAudio&) = delete;
  BatchAudio& operator=(const BatchAudio&) = delete;

  [[nodiscard]] virtual std::int64_t content_frames() const = 0;
  [[nodiscard]] virtual std::int64_t window_frames() const = 0;

  /// How many windows there may be at once, at least one.
  [[nodiscard]] virtual std::size_t places() const = 0;
  /// The session over them.
  [[nodiscard]] virtual BatchSession& session() = 0;

  /// As AudioWindows has it, into a place.
  virtual void encode(std::size_t place, std::int64_t first, std::int64_t count) = 0;
  virtual void encode_opening(std::size_t place) = 0;
};

}  // namespace sotto
