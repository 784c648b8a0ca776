#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace sotto::cpu {

/// Numbers of a normal distribution, the same for the same seed.
inline std::vector<float> random_floats(std::int64_t count, unsigned seed, float spread = 1.0F) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal(0.0F, spread);
  std::vector<float> floats(static_cast<std::size_t>(count));
  for (float& value : floats) value = normal(engine);
  return floats;
}

[[nodiscard]] constexpr std::size_t size(std::int64_t count) {
  return static_cast<std::size_t>(count);
}

}  // namespace sotto::cpu
