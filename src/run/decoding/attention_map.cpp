#include "run/decoding/attention_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::size_t kMedianWidth = 7;
constexpr std::size_t kReach = kMedianWidth / 2;

void softmax(std::span<float> row) {
  const float largest = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (float& value : row) {
    value = std::exp(value - largest);
    sum += static_cast<double>(value);
  }
  for (float& value : row) value = static_cast<float>(static_cast<double>(value) / sum);
}

/// The attention of one head, a row a token, worked on in place.
class Head {
 public:
  Head(std::span<const float> scores, std::size_t tokens, std::size_t width, std::size_t places)
      : tokens_(tokens), places_(places) {
    values_.reserve(tokens * places);
    for (std::size_t token = 0; token < tokens; ++token) {
      const auto row = scores.subspan(token * width, places);
      values_.insert(values_.end(), row.begin(), row.end());
      softmax(this->row(token));
    }
  }

  void compare_tokens() {
    for (std::size_t place = 0; place < places_; ++place) {
      double mean = 0;
      for (std::size_t token = 0; token < tokens_; ++token) mean += at(token, place);
      mean /= static_cast<double>(tokens_);
      double variance = 0;
      for (std::size_t token = 0; token < tokens_; ++token) {
        const double distance = at(token, place) - mean;
        variance += distance * distance;
      }
      const double deviation = std::sqrt(variance / static_cast<double>(tokens_));
      for (std::size_t token = 0; token < tokens_; ++token) {
        float& value = at(token, place);
        value = (value - static_cast<float>(mean)) / static_cast<float>(deviation);
        if (!std::isfinite(value)) value = 0;
      }
    }
  }

  void smooth() {
    for (std::size_t token = 0; token < tokens_; ++token) median_filter(row(token));
  }

  void add_to(std::span<float> sums) const {
    for (std::size_t i = 0; i < values_.size(); ++i) sums[i] += values_[i];
  }

 private:
  float& at(std::size_t token, std::size_t place) { return values_[token * places_ + place]; }
  std::span<float> row(std::size_t token) {
    return std::span(values_).subspan(token * places_, places_);
  }

  std::size_t tokens_, places_;
  std::vector<float> values_;
};

void check_scores(const AttentionScores& scores) {
  const auto found = static_cast<std::int64_t>(scores.values.size());
  if (scores.heads < 1 || scores.tokens < 1 || scores.places < 1 ||
      found != scores.heads * scores.tokens * scores.places) {
    fail(ErrorKind::internal, found, " attention scores of ", scores.heads, " heads for ",
         scores.tokens, " tokens at ", scores.places, " places");
  }
}

}  // namespace

void median_filter(std::span<float> row) {
  if (row.size() <= kReach) return;
  std::vector<float> continued;
  continued.reserve(row.size() + 2 * kReach);
  for (std::size_t i = kReach; i > 0; --i) continued.push_back(row[i]);
  continued.insert(continued.end(), row.begin(), row.end());
  for (std::size_t i = 0; i < kReach; ++i) continued.push_back(row[row.size() - 2 - i]);
  for (std::size_t i = 0; i < row.size(); ++i) {
    std::array<float, kMedianWidth> window{};
    std::copy_n(continued.begin() + static_cast<std::ptrdiff_t>(i), kMedianWidth, window.begin());
    std::nth_element(window.begin(), window.begin() + kReach, window.end());
    row[i] = window[kReach];
  }
}

AttentionMap attention_map(const AttentionScores& scores, std::int64_t places) {
  check_scores(scores);
  AttentionMap map{scores.tokens, std::clamp<std::int64_t>(places, 1, scores.places), {}};
  const auto tokens = static_cast<std::size_t>(map.tokens);
  const auto width = static_cast<std::size_t>(scores.places);
  map.values.assign(tokens * static_cast<std::size_t>(map.places), 0.0F);
  for (std::size_t i = 0; i < static_cast<std::size_t>(scores.heads); ++i) {
    Head head(scores.values.subspan(i * tokens * width, tokens * width), tokens, width,
              static_cast<std::size_t>(map.places));
    head.compare_tokens();
    head.smooth();
    head.add_to(map.values);
  }
  for (float& value : map.values) value /= static_cast<float>(scores.heads);
  return map;
}

}  // namespace sotto
