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

std::vector<AudioClip> as_clips(const std::vector<SpeechSpan>& spans) {
  std::vector<AudioClip> clips;
  clips.reserve(spans.size());
  for (const SpeechSpan& span : spans) {
    clips.push_back({seconds_of(span.first), seconds_of(span.last)});
  }
  return clips;
}

}  // namespace

void SpeechSpanFinder::add(float probability) {
  const std::int64_t here = position_;
  position_ += static_cast<std::int64_t>(SileroNetwork::kChunk);
  cut_long_speech(probability);
  if (probability >= kThreshold) {
    silence_.reset();
    if (!start_) start_ = here;
    return;
  }
  if (!start_ || !(probability < kExitThreshold)) return;
  if (!silence_) silence_ = here;
  if (here - *silence_ >= kShortestSilence) keep(*silence_);
}

// Before the chunk is judged: with it, speech may have lasted too long.
void SpeechSpanFinder::cut_long_speech(float probability) {
  if (!longest_ || !start_) return;
  const std::int64_t here = position_ - static_cast<std::int64_t>(SileroNetwork::kChunk);
  const std::int64_t most = *longest_ - 2 * kPadding;
  if (here - *start_ >= most / 2 && (!pause_ || probability <= pause_->probability)) {
    pause_ = {here, probability};
  }
  if (!pause_ || position_ - *start_ <= most) return;
  if (silence_) return keep(*silence_);
  const std::int64_t place = pause_->place;
  keep(place);
  start_ = place;
  is_rest_ = true;
}

void SpeechSpanFinder::keep(std::int64_t last) {
  // The rest of speech that was cut may be as short as it likes.
  if (last - *start_ > (is_rest_ ? 0 : kShortestSpeech)) spans_.push_back({*start_, last});
  is_rest_ = false;
  start_.reset();
  silence_.reset();
  pause_.reset();
}

std::vector<SpeechSpan> SpeechSpanFinder::finish(std::int64_t samples) {
  if (start_) keep(samples);
  std::vector<SpeechSpan> padded = spans_;
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    const bool joins = i > 0 && spans_[i - 1].last == spans_[i].first;  // cut: nothing to grow into
    const bool is_joined = i + 1 < spans_.size() && spans_[i + 1].first == spans_[i].last;
    if (!joins) padded[i].first = std::max<std::int64_t>(0, spans_[i].first - kPadding);
    if (!is_joined) padded[i].last = std::min(samples, spans_[i].last + kPadding);
  }
  spans_.clear();
  return padded;
}

std::vector<AudioClip> packed_clips(const std::vector<SpeechSpan>& spans, std::int64_t longest) {
  std::vector<SpeechSpan> packed;
  for (const SpeechSpan& span : spans) {
    if (!packed.empty() && span.last - packed.back().first <= longest) {
      packed.back().last = span.last;
    } else {
      packed.push_back(span);
    }
  }
  return as_clips(packed);
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
  return as_clips(joined);
}

}  // namespace sotto
