#include "run/media/resampler.h"

#include <algorithm>
#include <array>
#include <new>
#include <string>

#include "core/base/error.h"
#include "run/media/ffmpeg_log.h"
#include "run/mel/samples.h"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <libavutil/samplefmt.h>
#include <libswresample/swresample.h>
}

namespace sotto {
namespace {

// What the aresample filter allots: its output for a frame, and a few samples to spare; and for
// each helping at the end.
constexpr std::int64_t kSpareSamples = 32;
constexpr std::int64_t kHelping = 4096;

// Bounds what a hostile header can make a frame grow to, and the filter, whose length is in
// proportion to the rate (60 MB at the highest, 8 GB at what a header can hold). Nobody records
// speech at less; nothing is recorded at more: DSD512, the finest that is sold, has 2.8 MHz here.
constexpr int kLowestRate = 1000;
constexpr int kHighestRate = 3'000'000;
constexpr std::int64_t kMostSamples = 1 << 24;

std::string describe(const AVFrame& frame) {
  std::array<char, 128> layout{};
  av_channel_layout_describe(&frame.ch_layout, layout.data(), layout.size());
  const char* format = av_get_sample_fmt_name(static_cast<AVSampleFormat>(frame.format));
  return concat(frame.sample_rate, " Hz, ", layout.data(), ", ",
                format == nullptr ? "unknown" : format);
}

[[noreturn]] void refuse(const std::string& input, int status) {
  fail(ErrorKind::unsupported, input, " (", ffmpeg_error_text(status), ")");
}

/// The start of every error sentence: whose sound, what was wanted, what this frame is.
std::string sentence(std::string_view name, const AVFrame& frame) {
  return concat(name, ": expected sound that can be brought to 16 kHz mono, found ",
                describe(frame));
}

}  // namespace

struct Resampler::State {
  SwrContext* context = nullptr;
  AVChannelLayout layout{};
  int rate = 0;
  int format = 0;
  std::string sentence;  // of an error about it

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    swr_free(&context);
    av_channel_layout_uninit(&layout);
  }

  /// Gives `count` input samples (none and null: the end) and appends at most `capacity`.
  std::int64_t convert(const std::uint8_t** planes, int count, std::int64_t capacity,
                       std::vector<std::int16_t>& out) const {
    const std::size_t before = out.size();
    out.resize(before + static_cast<std::size_t>(capacity));
    auto* target = reinterpret_cast<std::uint8_t*>(out.data() + before);
    const int given = swr_convert(context, &target, static_cast<int>(capacity), planes, count);
    if (given < 0) refuse(sentence, given);
    out.resize(before + static_cast<std::size_t>(given));
    return given;
  }
};

Resampler::Resampler(const AVFrame& frame, std::string_view name)
    : state_(std::make_unique<State>()) {
  state_->rate = frame.sample_rate;
  state_->format = frame.format;
  state_->sentence = sentence(name, frame);
  if (frame.sample_rate < kLowestRate || frame.sample_rate > kHighestRate) {
    refuse(state_->sentence, AVERROR(ERANGE));
  }
  AVChannelLayout mono{};
  av_channel_layout_default(&mono, 1);
  int status = av_channel_layout_copy(&state_->layout, &frame.ch_layout);
  if (status >= 0) {
    status = swr_alloc_set_opts2(
        &state_->context, &mono, AV_SAMPLE_FMT_S16, static_cast<int>(kSampleRate), &state_->layout,
        static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr);
  }
  if (status >= 0) status = swr_init(state_->context);
  if (status < 0) refuse(state_->sentence, status);
}

Resampler::~Resampler() = default;
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;

bool Resampler::takes(const AVFrame& frame) const {
  return frame.sample_rate == state_->rate && frame.format == state_->format &&
         av_channel_layout_compare(&frame.ch_layout, &state_->layout) == 0;
}

void Resampler::convert(const AVFrame& frame, std::vector<std::int16_t>& out) {
  const double ratio = static_cast<double>(kSampleRate) / state_->rate;
  std::int64_t capacity = static_cast<std::int64_t>(frame.nb_samples * ratio) + kSpareSamples;
  const std::int64_t delay = swr_get_delay(state_->context, kSampleRate);
  if (delay > 0) capacity += std::min(delay, std::max(kHelping, capacity));
  if (capacity > kMostSamples) refuse(state_->sentence, AVERROR(ERANGE));
  // const_cast: swr_convert takes pointers to const samples, but C cannot add that const itself.
  auto** planes = const_cast<const std::uint8_t**>(frame.extended_data);
  if (state_->convert(planes, frame.nb_samples, capacity, out) < capacity) return;
  std::int64_t given = kHelping;  // the capacity was used up: more may be ready
  while (given == kHelping) given = state_->convert(planes, 0, kHelping, out);
}

void Resampler::finish(std::vector<std::int16_t>& out) {
  while (state_->convert(nullptr, 0, kHelping, out) > 0) {
  }
}

}  // namespace sotto
