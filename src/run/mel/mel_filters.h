#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sotto {

inline constexpr std::size_t kFftSize = 400;                    ///< samples of one frame (25 ms)
inline constexpr std::size_t kSpectrumBins = kFftSize / 2 + 1;  ///< 0 … 8000 Hz, 40 Hz apart

/// One triangular filter: its weights on spectrum bins first_bin, first_bin + 1, …
struct MelFilter {
  std::size_t first_bin = 0;
  std::vector<float> weights;
};

/// `n_mels` ≥ 1 triangular filters from 0 to 8000 Hz, evenly spaced on Slaney's mel scale (linear
/// below 1 kHz, logarithmic above) and each of unit area over frequency in Hz times two (Slaney's
/// normalisation): librosa.filters.mel(sr=16000, n_fft=400, n_mels=n_mels), which the reference's
/// mel_filters.npz was made with. Only the bins inside of a triangle are kept.
[[nodiscard]] std::vector<MelFilter> slaney_mel_filters(std::int64_t n_mels);

}  // namespace sotto
