#include "run/decoding/segments.h"

#include <algorithm>

#include "run/decoding/audio_windows.h"

namespace sotto {
namespace {

constexpr std::int64_t kFramesPerPlace = 2;

class Cutter {
 public:
  Cutter(const DecodeResult& result, const Tokenizer& tokenizer, const WindowPlace& place)
      : result_(result), tokenizer_(tokenizer), place_(place) {}

  CutWindow cut() {
    const auto& tokens = result_.tokens;
    const std::size_t count = tokens.size();
    window_.ends_in_silence =
        count >= 2 && !is_timestamp(tokens[count - 2]) && is_timestamp(tokens[count - 1]);
    std::vector<std::size_t> cuts;
    for (std::size_t i = 1; i < count; ++i) {
      if (is_timestamp(tokens[i - 1]) && is_timestamp(tokens[i])) cuts.push_back(i);
    }
    if (cuts.empty()) {
      keep_whole();
    } else {
      cut_at(std::move(cuts));
    }
    return std::move(window_);
  }

 private:
  bool is_timestamp(TokenId token) const { return token >= tokenizer_.special().first_timestamp; }

  std::int64_t index_of(TokenId timestamp) const {
    return timestamp - tokenizer_.special().first_timestamp;
  }

  double offset_of(TokenId timestamp) const {
    return static_cast<double>(index_of(timestamp)) * kSecondsPerPlace;
  }

  void cut_at(std::vector<std::size_t> cuts) {
    const auto& tokens = result_.tokens;
    if (window_.ends_in_silence) cuts.push_back(tokens.size());
    std::size_t begin = 0;
    for (const std::size_t end : cuts) {
      add_segment({tokens.begin() + static_cast<std::ptrdiff_t>(begin),
                   tokens.begin() + static_cast<std::ptrdiff_t>(end)},
                  place_.start() + offset_of(tokens[begin]),
                  place_.start() + offset_of(tokens[end - 1]));
      begin = end;
    }
    window_.next_seek = window_.ends_in_silence
                            ? place_.seek + place_.frames
                            : place_.seek + index_of(tokens[begin - 1]) * kFramesPerPlace;
  }

  void keep_whole() {
    double duration = place_.duration();
    const auto last = std::find_if(result_.tokens.rbegin(), result_.tokens.rend(),
                                   [this](TokenId token) { return is_timestamp(token); });
    if (last != result_.tokens.rend() && index_of(*last) != 0) duration = offset_of(*last);
    add_segment(result_.tokens, place_.start(), place_.start() + duration);
    window_.next_seek = place_.seek + place_.frames;
  }

  void add_segment(std::vector<TokenId> tokens, double start, double end) {
    Segment segment;
    segment.seek = place_.seek;
    segment.start = start;
    segment.end = end;
    segment.text = tokenizer_.decode_text(tokens);
    segment.tokens = std::move(tokens);
    segment.temperature = result_.temperature;
    segment.avg_logprob = result_.avg_logprob;
    segment.compression_ratio = result_.compression_ratio;
    segment.no_speech_prob = result_.no_speech_prob;
    window_.segments.push_back(std::move(segment));
  }

  const DecodeResult& result_;
  const Tokenizer& tokenizer_;
  const WindowPlace& place_;
  CutWindow window_;
};

}  // namespace

double seconds_of(std::int64_t frames) {
  // Multiplied out as the reference does, for the last bit of the quotient.
  constexpr std::int64_t kHop = 160;
  constexpr double kRate = 16000;
  return static_cast<double>(frames * kHop) / kRate;
}

double WindowPlace::start() const { return seconds_of(seek); }
double WindowPlace::duration() const { return seconds_of(frames); }

CutWindow cut_window(const DecodeResult& result, const Tokenizer& tokenizer,
                     const WindowPlace& place) {
  return Cutter(result, tokenizer, place).cut();
}

}  // namespace sotto
