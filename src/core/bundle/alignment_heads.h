#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/bundle/dims.h"

namespace sotto {

/// (layer, head) pairs for word timestamps.
using AlignmentHeads = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// Throws mismatch, naming `source`, when the decoder has no such layer or head.
void check_alignment_heads(const AlignmentHeads& heads, const WhisperDims& dims,
                           const std::string& source);

/// The heads whose attention times words, ascending and each once: every head of the upper half of
/// the decoder's layers where `heads` is empty, as the reference has it for models that it does not
/// know by name. Throws usage, naming `source`, when the decoder has no such layer or head.
[[nodiscard]] AlignmentHeads complete_alignment_heads(AlignmentHeads heads, const WhisperDims& dims,
                                                      const std::string& source);

/// Reads "3:1,4:2": layer and head. Throws usage when it is something else.
[[nodiscard]] AlignmentHeads parse_alignment_heads(std::string_view text);

/// The layers of these heads, ascending and each once.
[[nodiscard]] std::vector<std::int64_t> layers_of(const AlignmentHeads& heads);

/// The name of the output of the alignment graph that has a layer's scores: "scores.3".
[[nodiscard]] std::string alignment_output(std::int64_t layer);

}  // namespace sotto
