#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"

#include "model/schema/dims.h"

namespace sotto {

/// (layer, head) pairs for word timestamps.
using AlignmentHeads = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// The `alignment_heads` of a configuration, [[layer, head], …]; nullopt when it has none or null.
/// Throws, naming `source`, format when they are malformed, mismatch when the decoder has no such
/// layer or head.
[[nodiscard]] std::optional<AlignmentHeads> alignment_heads_of(const nlohmann::json& config,
                                                               const WhisperDims& dims,
                                                               const std::string& source);

/// Throws mismatch, naming `source`, when the decoder has no such layer or head.
void check_alignment_heads(const AlignmentHeads& heads, const WhisperDims& dims,
                           const std::string& source);

}  // namespace sotto
