#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "run/decoding/decoder_session.h"

namespace sotto {

/// How far two arrays of numbers lie apart.
struct Difference {
  double largest = 0;        ///< largest |baseline − artifacts|; infinite where one is not finite
  double largest_value = 0;  ///< largest |baseline|
  /// Of the largest value; infinite when that is 0 and the arrays still differ.
  [[nodiscard]] double relative() const;
};

/// Throws mismatch, naming `what`, when the lengths differ.
[[nodiscard]] Difference compare_numbers(std::string_view what, std::span<const float> baseline,
                                         std::span<const float> artifacts);

/// One column of two token sequences laid beside each other; empty where one has nothing to match.
struct AlignedToken {
  std::optional<TokenId> baseline, artifacts;
  [[nodiscard]] bool equal() const { return baseline == artifacts; }
};

/// Lays the sequences side by side with as many equal columns as there can be (longest common
/// subsequence). A token replaced by another shares one column with it.
[[nodiscard]] std::vector<AlignedToken> align(std::span<const TokenId> baseline,
                                              std::span<const TokenId> artifacts);

}  // namespace sotto
