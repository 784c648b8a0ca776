#pragma once

#include <string>
#include <vector>

#include "run/verifier/device_output.h"

namespace sotto {

/// The comparisons as JSON: docs/formats/verify.md describes every field.
[[nodiscard]] std::string device_output_json(const Clip& clip,
                                             const std::vector<OutputComparison>& comparisons);

}  // namespace sotto
