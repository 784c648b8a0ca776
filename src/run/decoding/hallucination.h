#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "run/decoding/segments.h"

namespace sotto {

/// What the search for invented text knows of a window whose words have times.
struct HallucinationContext {
  WindowPlace place;
  std::int64_t window_frames = 0;   ///< what the encoder takes at once
  std::int64_t content_frames = 0;  ///< of the recording
  double last_speech = 0;           ///< seconds at which speech before the window ended
  double threshold = 0;             ///< seconds of silence beyond which text is suspect
  std::string punctuation;          ///< words within it do not count
};

/// Removes segments that look invented and lie between silences (transcribe.py's
/// hallucination_silence_threshold): words that are improbable, very short or very long. Moves
/// `window.next_seek` behind the silence. Returns false when the whole window is to be heard again
/// from there, without its segments.
[[nodiscard]] bool drop_hallucinations(const HallucinationContext& context, CutWindow& window);

/// Seconds at which the last word ends or, without words, the last segment.
[[nodiscard]] std::optional<double> end_of_speech(const std::vector<Segment>& segments);

/// The mel frame at this time.
[[nodiscard]] std::int64_t frame_at(double seconds);

}  // namespace sotto
