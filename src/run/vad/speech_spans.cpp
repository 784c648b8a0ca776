#include "run/vad/speech_spans.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "run/mel/samples.h"
#include "run/vad/silero_network.h"

namespace sotto {
namespace {

constexpr double kThreshold = 0.5;
constexpr double kExitThreshold = 0.35;
constexpr std::int64_t kShortestSpeech = kSampleRate * 250 / 1000;
constexpr std::int64_t kShortestSilence = kSampleRate * 100 / 1000;
constexpr std::int64_t kPadding = kSampleRate * 30 / 1000;
static_assert(2 * kPadding <= kShortestSilence, "spans that grow do not meet");
constexpr std::int64_t kJoinedGap = 2 * kSampleRate;

double seconds_of(std::int64_t samples) {
  return static_cast<double>(samples) / static_cast<double>(kSampleRate);
}

}  // namespace

void SpeechSpanFinder::add(float probability) {
  const std::int64_t here = position_;
  position_ += static_cast<std::int64_t>(SileroNetwork::kChunk);
  if (probability >= kThreshold) {
    silence_.reset();
    if (!start_) start_ = here;
    return;
  }
  if (!start_ || !(probability < kExitThreshold)) return;
  if (!silence_) silence_ = here;
  if (here - *silence_ >= kShortestSilence) keep(*silence_);
}

void SpeechSpanFinder::keep(std::int64_t last) {
  if (last - *start_ > kShortestSpeech) spans_.push_back({*start_, last});
  start_.reset();
  silence_.reset();
}

std::vector<SpeechSpan> SpeechSpanFinder::finish(std::int64_t samples) {
  if (start_) keep(samples);
  for (SpeechSpan& span : spans_) {
    span.first = std::max<std::int64_t>(0, span.first - kPadding);
    span.last = std::min(samples, span.last + kPadding);
  }
  return std::move(spans_);
}

std::vector<AudioClip> clips_of(const std::vector<SpeechSpan>& spans) {
  std::vector<SpeechSpan> joined;
  for (const SpeechSpan& span : spans) {
    if (!joined.empty() && span.first - joined.back().last < kJoinedGap) {
      joined.back().last = span.last;
    } else {
      joined.push_back(span);
    }
  }
  std::vector<AudioClip> clips;
  clips.reserve(joined.size());
  for (const SpeechSpan& span : joined) {
    clips.push_back({seconds_of(span.first), seconds_of(span.last)});
  }
  return clips;
}

}  // namespace sotto
