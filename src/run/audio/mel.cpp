#include "run/audio/mel.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <kissfft.hh>
#include <numbers>
#include <vector>

#include "core/base/error.h"
#include "run/audio/audio.h"
#include "run/audio/mel_filters.h"

namespace sotto {
namespace {

constexpr std::size_t kHop = static_cast<std::size_t>(kHopLength);
constexpr std::size_t kHalfFrame = kFftSize / 2;
constexpr std::size_t kSpectrumStride =
    kSpectrumBins - 1;  // kissfft packs the last bin in the first
constexpr float kSmallestPower = 1e-10F;
constexpr float kDynamicRange = 8;  // decades below the loudest

/// In float32 arithmetic throughout, as the reference's torch.hann_window: rounding the exact
/// window instead moves its values by up to 2.4e-7, which shows in bins 80 dB below the strongest.
std::vector<float> periodic_hann() {
  constexpr float kStep = 2 * std::numbers::pi_v<float> / kFftSize;
  std::vector<float> window(kFftSize);
  for (std::size_t i = 0; i < kFftSize; ++i) {
    window[i] = std::cos(static_cast<float>(i) * kStep) * -0.5F + 0.5F;
  }
  return window;
}

/// Power spectra of single frames. The transform runs in double: at float32 its rounding, relative
/// to the strongest bin, would show in bins 80 dB below.
class PowerSpectrum {
 public:
  PowerSpectrum() : fft_(kFftSize / 2, false), window_(periodic_hann()) {}

  /// `frame` holds kFftSize samples; the result is valid until the next call.
  std::span<const double> operator()(const float* frame) {
    for (std::size_t i = 0; i < kFftSize; ++i) {
      windowed_[i] = static_cast<double>(frame[i]) * static_cast<double>(window_[i]);
    }
    fft_.transform_real(windowed_.data(), spectrum_.data());
    for (std::size_t bin = 1; bin < kSpectrumStride; ++bin) {
      const double re = spectrum_[bin].real();
      const double im = spectrum_[bin].imag();
      power_[bin] = re * re + im * im;
    }
    power_.front() = spectrum_[0].real() * spectrum_[0].real();
    power_.back() = spectrum_[0].imag() * spectrum_[0].imag();
    return power_;
  }

 private:
  kissfft<double> fft_;
  std::vector<float> window_;
  std::vector<double> windowed_ = std::vector<double>(kFftSize);
  std::vector<std::complex<double>> spectrum_ = std::vector<std::complex<double>>(kSpectrumStride);
  std::vector<double> power_ = std::vector<double>(kSpectrumBins);
};

/// Gives centred frames of a recording whose edges are mirrored (the edge sample not repeated).
class Frames {
 public:
  explicit Frames(std::span<const float> samples) : samples_(samples) {}

  /// Frame `index` covers kFftSize samples around sample index · kHop.
  const float* operator()(std::size_t index) {
    const std::size_t centre = index * kHop;
    if (centre >= kHalfFrame && centre + kHalfFrame <= samples_.size()) {
      return samples_.data() + centre - kHalfFrame;
    }
    for (std::size_t i = 0; i < kFftSize; ++i) edge_[i] = samples_[mirrored(centre + i)];
    return edge_.data();
  }

 private:
  /// `shifted` is the wanted position plus kHalfFrame, so that it is never negative.
  [[nodiscard]] std::size_t mirrored(std::size_t shifted) const {
    if (shifted < kHalfFrame) return kHalfFrame - shifted;
    const std::size_t position = shifted - kHalfFrame;
    return position < samples_.size() ? position : 2 * (samples_.size() - 1) - position;
  }

  std::span<const float> samples_;
  std::vector<float> edge_ = std::vector<float>(kFftSize);
};

float log_energy(const MelFilter& filter, std::span<const double> power) {
  double energy = 0;
  for (std::size_t i = 0; i < filter.weights.size(); ++i) {
    energy += static_cast<double>(filter.weights[i]) * power[filter.first_bin + i];
  }
  return std::log10(std::max(static_cast<float>(energy), kSmallestPower));
}

void compress_range(std::span<float> log_mel) {
  if (log_mel.empty()) return;
  const float floor = *std::max_element(log_mel.begin(), log_mel.end()) - kDynamicRange;
  for (float& value : log_mel) value = (std::max(value, floor) + 4) / 4;
}

}  // namespace

Tensor log_mel_spectrogram(std::span<const float> samples, std::int64_t n_mels) {
  if (n_mels != 80 && n_mels != 128) {
    fail(ErrorKind::unsupported, "log-mel: expected 80 or 128 mel bins, found ", n_mels);
  }
  if (samples.size() <= kHalfFrame) {
    fail(ErrorKind::usage, "log-mel: expected at least ", kHalfFrame + 1, " samples, found ",
         samples.size());
  }
  const std::vector<MelFilter> filters = slaney_mel_filters(n_mels);
  const std::size_t count = samples.size() / kHop;
  Tensor mel(DType::float32, {n_mels, static_cast<std::int64_t>(count)});
  const std::span<float> out = mel.floats();
  Frames frames(samples);
  PowerSpectrum spectrum;
  for (std::size_t frame = 0; frame < count; ++frame) {
    const std::span<const double> power = spectrum(frames(frame));
    for (std::size_t bin = 0; bin < filters.size(); ++bin) {
      out[bin * count + frame] = log_energy(filters[bin], power);
    }
  }
  compress_range(out);
  return mel;
}

Tensor window_mel(std::span<const float> samples, std::int64_t n_mels, std::int64_t frames) {
  const auto length = static_cast<std::size_t>(std::max<std::int64_t>(frames, 0)) * kHop;
  if (samples.size() > length) {
    fail(ErrorKind::usage, "log-mel: expected at most ", length, " samples for ", frames,
         " frames, found ", samples.size());
  }
  std::vector<float> padded(length);
  std::copy(samples.begin(), samples.end(), padded.begin());
  const Tensor mel = log_mel_spectrogram(padded, n_mels);
  Tensor batch(DType::float32, {1, n_mels, frames});
  std::copy(mel.floats().begin(), mel.floats().end(), batch.floats().begin());
  return batch;
}

}  // namespace sotto
