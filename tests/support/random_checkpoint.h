#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "model/checkpoint/checkpoint.h"
#include "model/schema/weights.h"

namespace sotto::test {

/// Two layers of two heads of width 32, over a window of 100 mel frames, with the longest text of
/// the published models: small enough to run through every back end in a blink.
[[nodiscard]] inline WhisperDims small_dims() { return {16, 50, 64, 2, 2, 1000, 448, 64, 2, 2}; }

/// Seeded weights of one tensor, of sizes that keep activations near 1: matrices and kernels by
/// their fan-in, layer norms' gains around 1, the rest small.
[[nodiscard]] inline std::vector<float> random_weights(const WeightSpec& spec,
                                                       std::mt19937_64& random) {
  const std::int64_t rows = spec.shape.empty() ? 1 : spec.shape[0];
  const std::int64_t columns = num_elements(spec.shape) / rows;
  const auto fan_in = static_cast<double>(columns);
  const bool is_matrix = spec.shape.size() > 1;
  const bool is_gain =
      !is_matrix && spec.name.find("ln") != std::string::npos && spec.name.ends_with(".weight");
  const double reach = is_matrix ? std::sqrt(3.0 / fan_in) : 0.1;
  std::uniform_real_distribution<double> uniform(-reach, reach);
  std::vector<float> values(static_cast<std::size_t>(num_elements(spec.shape)));
  for (float& value : values) value = static_cast<float>(uniform(random) + (is_gain ? 1.0 : 0.0));
  return values;
}

/// A whole checkpoint in memory; the same dims and seed give the same weights.
[[nodiscard]] inline Checkpoint random_checkpoint(const WhisperDims& dims, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  Checkpoint checkpoint;
  checkpoint.path = checkpoint.weights = "random.pt";
  checkpoint.dims = dims;
  for (const WeightSpec& spec : weight_table(dims)) {
    checkpoint.tensors.add(spec.name, own_values(spec.shape, random_weights(spec, random)));
  }
  return checkpoint;
}

}  // namespace sotto::test
