#pragma once

#include <cstdint>

#include "compile/targets/target.h"

namespace sotto {

/// What one run of a graph moves and computes.
struct Work {
  std::int64_t multiply_adds = 0;
  std::int64_t weight_bytes = 0;    ///< as the NPU keeps them
  std::int64_t boundary_bytes = 0;  ///< inputs and outputs, as they are handed over
};

/// An estimate, not a measurement: computing while the weights stream in, whichever takes longer,
/// then inputs and outputs, which are copied before and after. docs/targets.md has the published
/// figures beside what this gives for them.
[[nodiscard]] double estimate_seconds(const Work& work, const Target::Speed& speed);

}  // namespace sotto
