#include "run/vad/voice_activity.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include "run/mel/samples.h"

namespace sotto {
namespace {

constexpr std::size_t kBatchSamples = SileroNetwork::kBatch * SileroNetwork::kChunk;
constexpr std::int64_t kSamplesPerReport = 10 * kSampleRate;

/// Collects samples into whole batches and hands their probabilities on.
class Listener {
 public:
  Listener(SileroNetwork& network, SpeechSpanFinder finder)
      : network_(network), finder_(std::move(finder)) {
    network_.reset();
  }

  void add(std::span<const std::int16_t> block) {
    heard_ += static_cast<std::int64_t>(block.size());
    append_unit_samples(block, waiting_);
    std::size_t done = 0;
    for (; waiting_.size() - done >= kBatchSamples; done += kBatchSamples) {
      judge(std::span(waiting_).subspan(done, kBatchSamples));
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(done));
  }

  /// The last chunk is filled up with silence.
  std::vector<SpeechSpan> finish() {
    constexpr std::size_t kChunk = SileroNetwork::kChunk;
    waiting_.resize((waiting_.size() + kChunk - 1) / kChunk * kChunk);
    judge(waiting_);
    return finder_.finish(heard_);
  }

  [[nodiscard]] std::int64_t heard() const { return heard_; }

 private:
  void judge(std::span<const float> samples) {
    probabilities_.clear();
    network_.listen(samples, probabilities_);
    for (const float probability : probabilities_) finder_.add(probability);
  }

  SileroNetwork& network_;
  SpeechSpanFinder finder_;
  std::int64_t heard_ = 0;
  std::vector<float> waiting_;
  std::vector<float> probabilities_;
};

std::vector<SpeechSpan> listen(SampleStream& stream, Listener listener,
                               const std::function<void(double seconds)>& progress) {
  std::vector<std::int16_t> block;
  std::int64_t reported = 0;
  while (stream.next(block)) {
    listener.add(block);
    if (progress && listener.heard() - reported >= kSamplesPerReport) {
      reported = listener.heard();
      progress(static_cast<double>(reported) / static_cast<double>(kSampleRate));
    }
  }
  return listener.finish();
}

}  // namespace

std::vector<SpeechSpan> speech_spans(SampleStream& stream, SileroNetwork& network,
                                     const std::function<void(double seconds)>& progress) {
  return listen(stream, Listener(network, SpeechSpanFinder()), progress);
}

std::vector<SpeechSpan> short_speech_spans(SampleStream& stream, SileroNetwork& network,
                                           std::int64_t longest) {
  return listen(stream, Listener(network, SpeechSpanFinder(longest)), {});
}

}  // namespace sotto
