#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "element_rows.h"
#include "run/backends/cpu/kernels/attention_layout.h"

namespace sotto::cpu {

struct AttentionShape {
  std::int64_t rows, keys, width, value_width;
};

/// Operands of one head, and the largest error that rounding may make of its attention.
struct AttentionCase {
  AttentionShape shape;
  Element element;
  ElementRows query, key, value;
  std::vector<float> mask;  ///< [rows, keys], or empty
  static constexpr std::int64_t kGap = 5;

  AttentionCase(const AttentionShape& made, Element element)
      : shape(made),
        element(element),
        query(element, made.rows, made.width, kGap),
        key(element, made.keys, made.width, kGap),
        value(element, made.keys, made.value_width, kGap) {
    // Scores of deviation 2, as trained heads have them.
    const float spread = std::sqrt(2.0F / std::sqrt(static_cast<float>(made.width)));
    query.set_all(made_values(made.rows * made.width, 3, spread));
    key.set_all(made_values(made.keys * made.width, 5, spread));
    value.set_all(made_values(made.keys * made.value_width, 7, 1));
  }
};

struct AttentionAnswer {
  std::vector<double> output, bound;  ///< [rows, value_width]
};

/// A score, and by how much arithmetic of float32 may miss it: a product and an addition an element
/// (in either order, of pairs too), the mask's addition.
struct ExpectedScore {
  double score, error;
};
inline ExpectedScore expected_score(const AttentionCase& made, std::int64_t row, std::int64_t key) {
  constexpr double kUnit = 0x1p-24;
  double score = 0, size = 0;
  for (std::int64_t i = 0; i < made.shape.width; ++i) {
    const double product = double{made.query.get(row, i)} * double{made.key.get(key, i)};
    score += product;
    size += std::abs(product);
  }
  double error = 2 * static_cast<double>(made.shape.width) * kUnit * size;
  if (!made.mask.empty()) {
    score += double{made.mask[static_cast<std::size_t>(row * made.shape.keys + key)]};
    error += kUnit * std::abs(score);
  }
  return {score, error};
}

/// Softmax of scores in double precision, and how far a weight may be off, relative to itself.
struct ExpectedWeights {
  std::vector<double> weights, errors;
};
inline ExpectedWeights expected_weights(const AttentionCase& made, std::int64_t row) {
  constexpr double kUnit = 0x1p-24;
  const bool is_float = made.element == Element::f32;
  std::vector<ExpectedScore> scores;
  double largest = -HUGE_VAL, total = 0;
  for (std::int64_t key = 0; key < made.shape.keys; ++key) {
    scores.push_back(expected_score(made, row, key));
    largest = std::max(largest, scores.back().score);
  }
  const double tiles = std::ceil(static_cast<double>(made.shape.keys) /
                                 static_cast<double>(is_float ? kTileKeysF32 : kTileKeysBf16));
  ExpectedWeights expected;
  for (const ExpectedScore& score : scores) {
    const double weight = std::exp(score.score - largest);
    // The exponent: rounded as a difference, as log2(e) and as a product, once for the weight and
    // once for the corrections of tiles. The power: a polynomial of six steps, once a tile.
    const double distance = weight == 0 ? 0 : largest - score.score + 1;
    const double of_power = 8 * kUnit * (tiles + 1);
    const double of_form = is_float ? 0 : 8e-5 + 0x1p-8;
    expected.weights.push_back(weight);
    expected.errors.push_back(
        weight == 0 ? 0 : std::expm1(2 * score.error + 8 * kUnit * distance) + of_power + of_form);
    total += weight;
  }
  for (double& weight : expected.weights) weight /= total;
  return expected;
}

inline AttentionAnswer expected_attention(const AttentionCase& made) {
  constexpr double kUnit = 0x1p-24;
  AttentionAnswer answer;
  for (std::int64_t row = 0; row < made.shape.rows; ++row) {
    const ExpectedWeights expected = expected_weights(made, row);
    double of_total = 0;
    for (std::size_t key = 0; key < expected.weights.size(); ++key)
      of_total += expected.weights[key] * expected.errors[key];
    // Sums of a tile one after another, then of tiles; twice, for the total too; the division.
    const double longest = std::min(static_cast<double>(made.shape.keys), 512.0) +
                           static_cast<double>(made.shape.keys) / 256.0 + 24;
    const double of_sums = 2 * 2 * longest * kUnit;
    for (std::int64_t column = 0; column < made.shape.value_width; ++column) {
      double output = 0, size = 0, bound = 0;
      for (std::size_t key = 0; key < expected.weights.size(); ++key) {
        const double value = double{made.value.get(static_cast<std::int64_t>(key), column)};
        output += expected.weights[key] * value;
        size += expected.weights[key] * std::abs(value);
        bound += expected.weights[key] * expected.errors[key] * std::abs(value);
      }
      answer.output.push_back(output);
      // What vanishes below 2^−126 is nothing beside this.
      answer.bound.push_back(bound + (of_total + of_sums) * size + 1e-35);
    }
  }
  return answer;
}

}  // namespace sotto::cpu
