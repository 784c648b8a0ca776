#include "run/mel/channel_weights.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numbers>
#include <numeric>

namespace sotto {
namespace {

// Speakers of WAV's channel mask.
constexpr std::uint32_t kFrontLeft = 0x1;
constexpr std::uint32_t kFrontRight = 0x2;
constexpr std::uint32_t kFrontCentre = 0x4;
constexpr std::uint32_t kLowFrequency = 0x8;
constexpr std::uint32_t kBackPair = 0x30;
constexpr std::uint32_t kFrontBesideCentre = 0xC0;
constexpr std::uint32_t kBackCentre = 0x100;
constexpr std::uint32_t kSidePair = 0x600;
constexpr std::uint32_t kFrontPair = kFrontLeft | kFrontRight;

/// By the number of channels, from 0 on.
constexpr std::array<std::uint32_t, 9> kUsual{
    0,
    kFrontCentre,
    kFrontPair,
    kFrontPair | kLowFrequency,
    kFrontPair | kFrontCentre | kBackCentre,
    kFrontPair | kFrontCentre | kBackPair,
    kFrontPair | kFrontCentre | kLowFrequency | kBackPair,
    kFrontPair | kFrontCentre | kLowFrequency | kBackCentre | kSidePair,
    kFrontPair | kFrontCentre | kLowFrequency | kBackPair | kSidePair};

bool can_be_mixed(std::uint32_t speakers) {
  if ((speakers & (kFrontPair | kFrontCentre)) == 0) return false;
  constexpr std::array kPairs{kFrontPair, kBackPair, kFrontBesideCentre, kSidePair};
  return std::all_of(kPairs.begin(), kPairs.end(), [&](std::uint32_t pair) {
    return (speakers & pair) == 0 || (speakers & pair) == pair;
  });
}

double weight_of(std::uint32_t speaker) {
  if (speaker == kFrontCentre) return 1;
  if ((speaker & (kFrontPair | kFrontBesideCentre)) != 0) return std::numbers::sqrt2 / 2;
  if ((speaker & (kBackPair | kSidePair | kBackCentre)) != 0) return 0.5;
  return 0;
}

}  // namespace

std::optional<std::vector<double>> channel_weights(std::size_t channels, std::uint32_t speakers) {
  if (channels == 1) return std::vector<double>{1};
  if (static_cast<std::size_t>(std::popcount(speakers)) != channels) {
    if (channels >= kUsual.size()) return std::nullopt;
    speakers = kUsual[channels];
  }
  if (!can_be_mixed(speakers)) return std::nullopt;
  std::vector<double> weights;
  for (std::uint32_t speaker = 1; speaker != 0; speaker <<= 1) {
    if ((speakers & speaker) != 0) weights.push_back(weight_of(speaker));
  }
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (sum > 1) {
    for (double& weight : weights) weight /= sum;
  }
  return weights;
}

}  // namespace sotto
