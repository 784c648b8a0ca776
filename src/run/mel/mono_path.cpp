#include "run/mel/mono_path.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include "core/base/error.h"
#include "run/mel/channel_weights.h"
#include "run/mel/pcm_samples.h"
#include "run/mel/rate_converter.h"
#include "run/mel/samples.h"

namespace sotto {
namespace {

template <class T>
bool is_audible(std::span<const T> samples) {
  constexpr double kFull = std::is_same_v<T, std::int16_t> ? 32767 : 1;
  constexpr auto kAudible = static_cast<T>(kFull * 1e-3);
  return std::any_of(samples.begin(), samples.end(),
                     [](T sample) { return sample > kAudible || sample < -kAudible; });
}

/// The sum of one sample of each channel by its weight; 16-bit ones by weights of 15 bits.
class IntegerMix {
 public:
  explicit IntegerMix(const std::vector<double>& weights) {
    for (const double weight : weights) weights_.push_back(std::lrint(weight * kOne));
  }
  std::int16_t operator()(const std::vector<std::vector<std::int16_t>>& channels,
                          std::size_t i) const {
    std::int64_t sum = kOne / 2;
    for (std::size_t c = 0; c < channels.size(); ++c) sum += channels[c][i] * weights_[c];
    return static_cast<std::int16_t>(std::clamp<std::int64_t>(sum >> 15, -kOne, kOne - 1));
  }

 private:
  static constexpr std::int64_t kOne = 32768;
  std::vector<std::int64_t> weights_;
};

template <class T>
class FloatMix {
 public:
  explicit FloatMix(const std::vector<double>& weights)
      : weights_(weights.begin(), weights.end()) {}
  std::int16_t operator()(const std::vector<std::vector<T>>& channels, std::size_t i) const {
    T sum = 0;
    for (std::size_t c = 0; c < channels.size(); ++c) sum += channels[c][i] * weights_[c];
    return to_16_bits(sum);
  }

 private:
  std::vector<T> weights_;
};

template <class T>
using Mix = std::conditional_t<std::is_same_v<T, std::int16_t>, IntegerMix, FloatMix<T>>;

template <class T>
class PathOf : public MonoPath {
 public:
  PathOf(const PcmFormat& format, const std::vector<double>& weights)
      : format_(format), mix_(weights), read_(format.channels), converted_(format.channels) {
    if (format.rate == kSampleRate) return;
    const auto filter = std::make_shared<SincFilter<T>>(format.rate);
    converters_.assign(format.channels, RateConverter<T>(filter));
  }

  void convert(std::span<const std::byte> frames, std::vector<std::int16_t>& out) override {
    for (std::size_t c = 0; c < format_.channels; ++c) {
      read_[c].clear();
      append_channel(format_, frames, c, read_[c]);
      if (format_.channels > 1 && !channels_audible_) {
        channels_audible_ = is_audible(std::span<const T>(read_[c]));
      }
      if (!converters_.empty()) converters_[c].convert(read_[c], converted_[c]);
    }
    mix(converters_.empty() ? read_ : converted_, out);
  }

  void finish(std::vector<std::int16_t>& out) override {
    for (std::size_t c = 0; c < converters_.size(); ++c) converters_[c].finish(converted_[c]);
    mix(converted_, out);
  }

  [[nodiscard]] bool channels_audible() const override { return channels_audible_; }

 private:
  void mix(std::vector<std::vector<T>>& channels, std::vector<std::int16_t>& out) const {
    for (std::size_t i = 0; i < channels.front().size(); ++i) out.push_back(mix_(channels, i));
    for (std::vector<T>& channel : channels) channel.clear();
  }

  PcmFormat format_;
  Mix<T> mix_;
  std::vector<RateConverter<T>> converters_;  // none where the rate is right
  std::vector<std::vector<T>> read_;
  std::vector<std::vector<T>> converted_;
  bool channels_audible_ = false;
};

/// Integers of more than 16 bits that need neither another rate nor mixing are cut off.
bool computes_in_16_bits(const PcmFormat& format) {
  if (format.code == SampleCode::floating) return false;
  return format.sample_bytes <= 2 || (format.channels == 1 && format.rate == kSampleRate);
}

}  // namespace

std::unique_ptr<MonoPath> MonoPath::make(const PcmFormat& format, std::string_view name) {
  const auto weights = channel_weights(format.channels, format.speakers);
  if (format.rate < kLowestRate || format.rate > kHighestRate || !weights) {
    const std::string why = weights ? "" : ", which no layout of speakers says how to mix";
    fail(ErrorKind::unsupported, name,
         ": expected sound that can be brought to 16 kHz mono, found ", describe(format), why);
  }
  if (computes_in_16_bits(format)) return std::make_unique<PathOf<std::int16_t>>(format, *weights);
  if (format.sample_bytes > 4) return std::make_unique<PathOf<double>>(format, *weights);
  return std::make_unique<PathOf<float>>(format, *weights);
}

}  // namespace sotto
