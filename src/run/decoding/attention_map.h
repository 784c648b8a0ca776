#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "run/decoding/decoder_session.h"

namespace sotto {

/// How much more than other tokens each token attends to each place of the audio: [tokens, places]
/// in row-major order, 20 ms of audio a place.
struct AttentionMap {
  std::int64_t tokens = 0, places = 0;
  std::vector<float> values;
};

/// Over the first `places` places (at least one is looked at, and no more than there are): softmax,
/// for every place the deviation from the tokens' mean in standard deviations, median over seven
/// places, mean over the heads; timing.py of the reference. A place at which all tokens are alike,
/// or that has no number, tells nothing: 0 (there the reference goes on with NaN). Throws internal
/// when the scores are not as many as they say.
[[nodiscard]] AttentionMap attention_map(const AttentionScores& scores, std::int64_t places);

/// Replaces each value of a row by the median of the seven around it, the row being continued by
/// its mirror image; rows of three or fewer stay as they are. `row` holds no NaN.
void median_filter(std::span<float> row);

}  // namespace sotto
