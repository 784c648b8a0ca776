#pragma once

#include <string>
#include <vector>

#include "run/verifier/device_output.h"

namespace sotto::cli {

/// How far the given outputs are from this machine's, where they part, and the verdict.
[[nodiscard]] std::string device_output_table(const Clip& clip,
                                              const std::vector<OutputComparison>& comparisons);

}  // namespace sotto::cli
