#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "run/mel/sample_stream.h"
#include "run/vad/silero_network.h"
#include "run/vad/speech_spans.h"

namespace sotto {

/// Where in a recording somebody speaks. Reads `stream` to its end, in memory that does not grow
/// with it; `network` starts afresh. `progress`, if any, is told the seconds heard so far, about
/// every 10 s of sound; what it throws passes through, as does what SampleStream::next() throws.
[[nodiscard]] std::vector<SpeechSpan> speech_spans(
    SampleStream& stream, SileroNetwork& network,
    const std::function<void(double seconds)>& progress = {});

/// The same with no span longer than so many samples (SpeechSpanFinder).
[[nodiscard]] std::vector<SpeechSpan> short_speech_spans(SampleStream& stream,
                                                         SileroNetwork& network,
                                                         std::int64_t longest);

}  // namespace sotto
