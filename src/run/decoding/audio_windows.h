#pragma once

#include <cstdint>

#include "run/decoding/decoder_session.h"

namespace sotto {

inline constexpr double kFramesPerSecond = 100;   ///< mel frames, 10 ms each
inline constexpr double kSecondsPerPlace = 0.02;  ///< of encoded audio; also between timestamps

/// A recording as the decoding loop sees it: windows of it, encoded when they are asked for. The
/// session that a call returns is valid until the next call.
class AudioWindows {
 public:
  virtual ~AudioWindows() = default;
  AudioWindows() = default;
  AudioWindows(const AudioWindows&) = delete;
  AudioWindows& operator=(const AudioWindows&) = delete;

  /// Mel frames of the recording itself, without the silence behind it.
  [[nodiscard]] virtual std::int64_t content_frames() const = 0;

  /// Mel frames that the encoder takes at once: 3000 for 30 s.
  [[nodiscard]] virtual std::int64_t window_frames() const = 0;

  /// Mel frames [first, first + count) of the recording, then zeros (not silence, as the reference
  /// has it) up to window_frames(). `count` is at most that, and the frames are content.
  virtual DecoderSession& encode(std::int64_t first, std::int64_t count) = 0;

  /// The first window_frames() frames with the silence behind a short recording: what languages are
  /// detected from.
  virtual DecoderSession& encode_opening() = 0;
};

}  // namespace sotto
