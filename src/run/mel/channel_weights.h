#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace sotto {

/// How much of each channel goes into one, as libswresample mixes down to mono by default: centre
/// 1, front left and right and those beside the centre √½, all at the back and the sides ½, low
/// frequencies and heights nothing; divided by their sum where that is more than 1. So equal
/// channels never overflow, and two are averaged.
///
/// `speakers` is WAV's channel mask, whose bits are in the order of the channels. Where it does not
/// fit their number the usual layout stands for it: stereo; 2.1; 4.0; 5.0; 5.1; 6.1; 7.1. Nothing
/// where that number has none (9 and more), or half of a pair is missing, or all of the front: how
/// such sound is to be mixed nobody says.
[[nodiscard]] std::optional<std::vector<double>> channel_weights(std::size_t channels,
                                                                 std::uint32_t speakers);

}  // namespace sotto
