#include "run/mel/mel_filters.h"

#include <algorithm>
#include <cmath>

namespace sotto {
namespace {

constexpr double kHighestHz = 8000;
constexpr double kRounding = 1e-9;  // height at a corner that rounding put beside its bin
constexpr double kBinHz = kHighestHz / (kSpectrumBins - 1);

// Slaney's Auditory Toolbox (1998): 3 mel per 200 Hz up to 1 kHz, then a factor of 6.4 every 27
// mel.
constexpr double kLinearHzPerMel = 200.0 / 3;
constexpr double kLogStartHz = 1000;
constexpr double kLogStartMel = kLogStartHz / kLinearHzPerMel;

double log_step() { return std::log(6.4) / 27; }

double hz_to_mel(double hz) {
  if (hz < kLogStartHz) return hz / kLinearHzPerMel;
  return kLogStartMel + std::log(hz / kLogStartHz) / log_step();
}

double mel_to_hz(double mel) {
  if (mel < kLogStartMel) return mel * kLinearHzPerMel;
  return kLogStartHz * std::exp(log_step() * (mel - kLogStartMel));
}

/// The triangle that rises from `low` to its peak at `centre` and falls to `high`, all in Hz.
MelFilter triangle(double low, double centre, double high) {
  const auto area = static_cast<float>(2 / (high - low));
  MelFilter filter;
  for (std::size_t bin = 0; bin < kSpectrumBins; ++bin) {
    const double hz = kBinHz * static_cast<double>(bin);
    const double height = std::min((hz - low) / (centre - low), (high - hz) / (high - centre));
    if (height <= kRounding) continue;
    if (filter.weights.empty()) filter.first_bin = bin;
    filter.weights.push_back(static_cast<float>(height) * area);
  }
  return filter;
}

}  // namespace

std::vector<MelFilter> slaney_mel_filters(std::int64_t n_mels) {
  const double step = hz_to_mel(kHighestHz) / static_cast<double>(n_mels + 1);
  std::vector<MelFilter> filters;
  for (std::int64_t i = 0; i < n_mels; ++i) {
    const auto corner = [&](std::int64_t k) { return mel_to_hz(step * static_cast<double>(k)); };
    filters.push_back(triangle(corner(i), corner(i + 1), corner(i + 2)));
  }
  return filters;
}

}  // namespace sotto
