#include "run/decoding/hallucination.h"

#include <algorithm>
#include <cmath>

#include "run/decoding/audio_windows.h"

namespace sotto {
namespace {

bool has_words(const Segment& segment) { return segment.words && !segment.words->empty(); }

double anomaly_of(const Word& word) {
  constexpr double kImprobable = 0.15, kShort = 0.133, kLong = 2.0, kShortWeight = 15;
  const double duration = word.end - word.start;
  double score = word.probability < kImprobable ? 1.0 : 0.0;
  if (duration < kShort) score += (kShort - duration) * kShortWeight;
  if (duration > kLong) score += duration - kLong;
  return score;
}

class HallucinationFilter {
 public:
  HallucinationFilter(const HallucinationContext& context, CutWindow& window)
      : context_(context), window_(window), start_(context.place.start()) {}

  bool run() {
    if (!window_.ends_in_silence) seek_behind_last_word();
    if (skip_leading_silence()) return false;
    drop_isolated_segments();
    return true;
  }

 private:
  double window_end() const { return seconds_of(context_.place.seek + context_.window_frames); }

  // A long silence after the last word is heard again, a short one is not.
  void seek_behind_last_word() {
    const auto end = end_of_speech(window_.segments);
    if (!end || *end <= start_) return;
    window_.next_seek = window_end() - *end > context_.threshold
                            ? frame_at(*end)
                            : context_.place.seek + context_.place.frames;
  }

  bool skip_leading_silence() {
    const std::size_t first = next_with_words(0);
    if (first == window_.segments.size() || !is_anomaly(window_.segments[first])) return false;
    const double gap = window_.segments[first].start - start_;
    if (gap <= context_.threshold) return false;
    window_.next_seek = context_.place.seek + frame_at(gap);
    return true;
  }

  void drop_isolated_segments() {
    auto& segments = window_.segments;
    double speech_before = context_.last_speech;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (!has_words(segments[i])) continue;
      if (is_anomaly(segments[i]) && silence_before(segments[i], speech_before) &&
          silence_after(i)) {
        window_.next_seek = frame_at(std::max(start_ + 1, segments[i].start));
        if (seconds_of(context_.content_frames) - segments[i].end < context_.threshold) {
          window_.next_seek = context_.content_frames;
        }
        segments.resize(i);
        return;
      }
      speech_before = segments[i].end;
    }
  }

  static constexpr double kNearEdge = 2.0;  // seconds from an end of the window

  bool silence_before(const Segment& segment, double speech_before) const {
    return segment.start - speech_before > context_.threshold ||
           segment.start < context_.threshold || segment.start - start_ < kNearEdge;
  }

  bool silence_after(std::size_t index) const {
    const auto& segments = window_.segments;
    const Segment& segment = segments[index];
    const std::size_t next = next_with_words(index + 1);
    const bool is_last = next == segments.size();
    const double next_start =
        is_last ? start_ + context_.place.duration() : segments[next].words->front().start;
    return next_start - segment.end > context_.threshold ||
           (!is_last && is_anomaly(segments[next])) || window_end() - segment.end < kNearEdge;
  }

  std::size_t next_with_words(std::size_t from) const {
    const auto begin = window_.segments.begin();
    return static_cast<std::size_t>(
        std::find_if(begin + static_cast<std::ptrdiff_t>(from), window_.segments.end(), has_words) -
        begin);
  }

  /// The first words of a segment taken together.
  bool is_anomaly(const Segment& segment) const {
    constexpr std::size_t kWords = 8;
    constexpr double kSuspicious = 3, kTolerance = 0.01;
    double score = 0;
    std::size_t count = 0;
    for (const Word& word : *segment.words) {
      if (count == kWords) break;
      if (context_.punctuation.find(word.word) != std::string::npos) continue;
      score += anomaly_of(word);
      ++count;
    }
    return score >= kSuspicious || score + kTolerance >= static_cast<double>(count);
  }

  const HallucinationContext& context_;
  CutWindow& window_;
  double start_;
};

}  // namespace

bool drop_hallucinations(const HallucinationContext& context, CutWindow& window) {
  return HallucinationFilter(context, window).run();
}

std::optional<double> end_of_speech(const std::vector<Segment>& segments) {
  if (segments.empty()) return std::nullopt;
  const auto last = std::find_if(segments.rbegin(), segments.rend(), has_words);
  return last == segments.rend() ? segments.back().end : last->words->back().end;
}

std::int64_t frame_at(double seconds) { return std::llrint(seconds * kFramesPerSecond); }

}  // namespace sotto
