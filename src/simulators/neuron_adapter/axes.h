#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "simulators/neuron_adapter/model.h"

namespace sotto::simulator {

using Axes = std::array<std::size_t, 4>;

/// Extents of four axes, ones in front.
inline Axes four_axes(const Extents& extents) {
  Axes axes{1, 1, 1, 1};
  std::copy(extents.begin(), extents.end(),
            axes.end() - static_cast<std::ptrdiff_t>(extents.size()));
  return axes;
}

inline Axes dense_strides(const Axes& extents) {
  return {extents[1] * extents[2] * extents[3], extents[2] * extents[3], extents[3], 1};
}

/// Calls `work` with the first three places of every row of the last axis.
template <class Work>
void for_each_row(const Axes& extents, const Work& work) {
  for (std::size_t i = 0; i < extents[0]; ++i) {
    for (std::size_t j = 0; j < extents[1]; ++j) {
      for (std::size_t k = 0; k < extents[2]; ++k) work(i, j, k);
    }
  }
}

}  // namespace sotto::simulator
