#include "compile/targets/roofline.h"

#include <algorithm>

namespace sotto {

double estimate_seconds(const Work& work, const Target::Speed& speed) {
  const double computing = static_cast<double>(work.multiply_adds) / speed.multiply_adds_per_second;
  const double weights = static_cast<double>(work.weight_bytes) / speed.bytes_per_second;
  const double boundary = static_cast<double>(work.boundary_bytes) / speed.bytes_per_second;
  return std::max(computing, weights) + boundary;
}

}  // namespace sotto
