#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "run/vad/silero_weights.h"

namespace sotto {

/// Silero VAD: for each chunk of 32 ms, how likely it is that somebody speaks in it. A short-time
/// Fourier transform's magnitudes, four convolutions, an LSTM cell that carries on from chunk to
/// chunk, and a logistic output; the structure is that of the package's own 16 kHz model. For one
/// thread at a time.
class SileroNetwork {
 public:
  static constexpr std::size_t kChunk = 512;  ///< samples at 16 kHz
  static constexpr std::size_t kBatch = 8;    ///< chunks that are computed together
  static constexpr std::size_t kHidden = 128;

  explicit SileroNetwork(const SileroWeights& weights);

  /// Reads the weights from silero_vad.jit. Throws not_found, io and what parse_silero() does.
  explicit SileroNetwork(const std::filesystem::path& file);

  /// Forgets what was heard: the next chunk is the first of a recording.
  void reset();

  /// Takes whole chunks, at most kBatch of them, of samples in [−1, 1] and appends the probability
  /// of each to `probabilities`. Throws internal for another number of samples.
  void listen(std::span<const float> samples, std::vector<float>& probabilities);

 private:
  static constexpr std::size_t kContext = 64;  // samples of the chunk before that are heard again
  void transform(std::span<const float> samples);
  void encode();
  [[nodiscard]] float recall(std::size_t chunk);

  SileroWeights weights_;
  std::vector<float> hidden_columns_;  // the hidden weights, column by column
  std::array<float, kContext> context_{};
  std::array<float, kHidden> hidden_{};
  std::array<float, kHidden> cell_{};
  std::vector<float> patches_;  // what a layer multiplies: [depth, places]
  std::vector<float> values_;   // what it gives: [rows, places]
};

}  // namespace sotto
