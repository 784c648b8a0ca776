#include "run/mel/frame_mel.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <kissfft.hh>
#include <numbers>
#include <vector>

#include "core/base/error.h"
#include "run/mel/mel_filters.h"

namespace sotto {
namespace {

static_assert(2 * kHalfFrame == kFftSize);
constexpr std::size_t kSpectrumStride =
    kSpectrumBins - 1;  // kissfft packs the last bin in the first
constexpr float kSmallestPower = 1e-10F;

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

float log_energy(const MelFilter& filter, std::span<const double> power) {
  double energy = 0;
  for (std::size_t i = 0; i < filter.weights.size(); ++i) {
    energy += static_cast<double>(filter.weights[i]) * power[filter.first_bin + i];
  }
  return std::log10(std::max(static_cast<float>(energy), kSmallestPower));
}

}  // namespace

struct FrameMel::State {
  std::vector<MelFilter> filters;
  PowerSpectrum spectrum;
};

FrameMel::FrameMel(std::int64_t n_mels) {
  if (n_mels != 80 && n_mels != 128) {
    fail(ErrorKind::unsupported, "log-mel: expected 80 or 128 mel bins, found ", n_mels);
  }
  state_ = std::make_unique<State>();
  state_->filters = slaney_mel_filters(n_mels);
}

FrameMel::~FrameMel() = default;
FrameMel::FrameMel(FrameMel&&) noexcept = default;
FrameMel& FrameMel::operator=(FrameMel&&) noexcept = default;

std::size_t FrameMel::bins() const { return state_->filters.size(); }

void FrameMel::operator()(const float* frame, float* out, std::size_t stride) {
  const std::span<const double> power = state_->spectrum(frame);
  for (const MelFilter& filter : state_->filters) {
    *out = log_energy(filter, power);
    out += stride;
  }
}

void compress_range(std::span<float> log_mel, float loudest) {
  const float floor = loudest - kDynamicRange;
  for (float& value : log_mel) value = (std::max(value, floor) + 4) / 4;
}

}  // namespace sotto
