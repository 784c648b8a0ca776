#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/each_table.h"
#include "kernels/guarded_bytes.h"
#include "kernels/row_data.h"

namespace sotto::cpu {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Shape {
  std::int64_t rows, depth, columns;
};
constexpr Shape kShapes[] = {{1, 512, 192}, {1, 64, 64},   {2, 130, 100}, {3, 63, 1},
                             {5, 384, 70},  {8, 2048, 64}, {4, 1, 129},   {21, 192, 65}};

std::int64_t panels_of(std::int64_t columns) { return groups_of(columns); }

/// Weights [columns, depth] in panels.
std::vector<std::byte> packed(Element element, const std::vector<float>& weights,
                              const Shape& shape) {
  const bool is_bytes = element == Element::int8;
  const std::size_t bytes =
      is_bytes ? byte_panel_bytes(shape.depth) : panel_bytes(element, shape.depth);
  std::vector<std::byte> panels(size(panels_of(shape.columns)) * bytes);
  for (std::int64_t panel = 0; panel < panels_of(shape.columns); ++panel) {
    const std::int64_t first = panel * kGroup, count = std::min(kGroup, shape.columns - first);
    const float* columns = weights.data() + first * shape.depth;
    std::byte* to = panels.data() + size(panel) * bytes;
    if (is_bytes) {
      pack_byte_panel(columns, count, shape.depth, to);
    } else {
      pack_panel(element, columns, count, shape.depth, to);
    }
  }
  return panels;
}

/// A product in one form of weights.
class Weights {
 public:
  Weights(const Kernels& kernels, Element element, const std::vector<float>& weights,
          const Shape& shape)
      : kernels_(kernels),
        element_(element),
        shape_(shape),
        panels_(packed(element, weights, shape)) {}

  /// With what `more` has beside; the rows' number is that of `input`.
  std::vector<float> product(const std::vector<float>& input, RowProduct more = {}) const {
    const auto rows = static_cast<std::int64_t>(input.size()) / shape_.depth;
    GuardedBytes output(size(rows * shape_.columns) * sizeof(float));
    GuardedBytes fine(fine_bytes(rows, shape_.depth));
    more.rows = rows;
    more.depth = shape_.depth;
    more.columns = shape_.columns;
    more.panels = panels_.data();
    more.output = output.as<float>();
    more.output_stride = shape_.columns;
    if (element_ == Element::int8) {
      kernels_.make_fine({.rows = input.data(),
                          .stride = shape_.depth,
                          .count = rows,
                          .depth = shape_.depth,
                          .fine = fine.data()});
      more.fine = fine.data();
      kernels_.row_product_int8(more);
    } else {
      more.input = input.data();
      more.input_stride = shape_.depth;
      kernels_.row_product_f32(more);
    }
    return {output.as<float>(), output.as<float>() + rows * shape_.columns};
  }

  /// The weights [depth, columns] that the panels stand for: what rows with a single 1 give.
  std::vector<float> values() const {
    std::vector<float> identity(size(shape_.depth * shape_.depth));
    for (std::int64_t k = 0; k < shape_.depth; ++k) identity[size(k * shape_.depth + k)] = 1.0F;
    return product(identity);
  }

 private:
  const Kernels& kernels_;
  Element element_;
  Shape shape_;
  std::vector<std::byte> panels_;
};

class RowProducts : public EachTable {};

/// What integers of 15 bits may be off by: half a step of each group, times the weights.
double fine_error(const std::vector<float>& input, std::int64_t row, std::int64_t column,
                  const std::vector<float>& weights, const Shape& shape) {
  double error = 0;
  for (std::int64_t first = 0; first < shape.depth; first += kGroup) {
    double most = 0, sum = 0;
    for (std::int64_t k = first; k < std::min(first + kGroup, shape.depth); ++k) {
      most = std::max<double>(most, std::abs(input[size(row * shape.depth + k)]));
      sum += std::abs(weights[size(k * shape.columns + column)]);
    }
    error += 0.5001 * most / 16256.0 * sum;
  }
  return error;
}

void expect_products(const std::vector<float>& input, const std::vector<float>& weights,
                     const std::vector<float>& output, const Shape& shape, double fine) {
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    for (std::int64_t column = 0; column < shape.columns; ++column) {
      double sum = 0, magnitudes = 0;
      for (std::int64_t k = 0; k < shape.depth; ++k) {
        const double product = double{input[size(row * shape.depth + k)]} *
                               double{weights[size(k * shape.columns + column)]};
        sum += product;
        magnitudes += std::abs(product);
      }
      const double bound =
          fine * fine_error(input, row, column, weights, shape) + 1e-6 * magnitudes + 1e-30;
      ASSERT_NEAR(output[size(row * shape.columns + column)], sum, bound)
          << "row " << row << " column " << column;
    }
  }
}

TEST_P(RowProducts, OfFloatsAreThoseOfDoublePrecision) {
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(testing::Message()
                 << shape.rows << " × " << shape.depth << " × " << shape.columns);
    const std::vector<float> weights = random_floats(shape.depth * shape.columns, 1);
    const std::vector<float> input = random_floats(shape.rows * shape.depth, 2);
    const Weights panels(kernels(), Element::f32, weights, shape);
    std::vector<float> turned(weights.size());
    for (std::int64_t i = 0; i < shape.depth * shape.columns; ++i) {
      turned[size(i)] = weights[size(i % shape.columns * shape.depth + i / shape.columns)];
    }
    expect_products(input, turned, panels.product(input), shape, 0.0);
  }
}

TEST_P(RowProducts, OfBytesAreThoseOfDoublePrecisionWithTheRoundedWeights) {
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(testing::Message()
                 << shape.rows << " × " << shape.depth << " × " << shape.columns);
    const std::vector<float> weights = random_floats(shape.depth * shape.columns, 3, 0.05F);
    const std::vector<float> input = random_floats(shape.rows * shape.depth, 4, 3.0F);
    const Weights panels(kernels(), Element::int8, weights, shape);
    expect_products(input, panels.values(), panels.product(input), shape, 1.0);
  }
}

TEST_P(RowProducts, WeightsAreRoundedByHalfAStepOfTheirGroup) {
  const Shape shape{1, 200, 70};
  const std::vector<float> weights = random_floats(shape.depth * shape.columns, 5, 0.02F);
  const std::vector<float> values = Weights(kernels(), Element::int8, weights, shape).values();
  for (std::int64_t column = 0; column < shape.columns; ++column) {
    for (std::int64_t first = 0; first < shape.depth; first += kGroup) {
      const std::int64_t end = std::min(first + kGroup, shape.depth);
      float most = 0;
      for (std::int64_t k = first; k < end; ++k) {
        most = std::max(most, std::abs(weights[size(column * shape.depth + k)]));
      }
      // A bfloat16 is rounded up by at most 1/128.
      const float half_step = 0.5F * most / 127.0F * (1 + 1 / 127.0F);
      for (std::int64_t k = first; k < end; ++k) {
        ASSERT_NEAR(values[size(k * shape.columns + column)],
                    weights[size(column * shape.depth + k)], half_step);
      }
    }
  }
}

TEST_P(RowProducts, OfARowDoNotDependOnTheOthers) {
  const Shape shape{19, 320, 130};
  const std::vector<float> weights = random_floats(shape.depth * shape.columns, 6);
  const std::vector<float> input = random_floats(shape.rows * shape.depth, 7);
  for (const Element element : {Element::f32, Element::int8}) {
    const Weights panels(kernels(), element, weights, shape);
    const std::vector<float> all = panels.product(input);
    for (std::int64_t rows = 1; rows <= shape.rows; ++rows) {
      const std::int64_t first = shape.rows - rows;
      const std::vector<float> some =
          panels.product({input.begin() + first * shape.depth, input.end()});
      ASSERT_EQ(
          std::memcmp(some.data(), all.data() + first * shape.columns, some.size() * sizeof(float)),
          0)
          << rows << " rows";
    }
  }
}

// Scales of 1 leave nothing to round.
TEST_P(RowProducts, OfIntegersAreExact) {
  const Shape shape{6, 256, 128};
  std::vector<float> weights(size(shape.depth * shape.columns));
  std::vector<float> input(size(shape.rows * shape.depth));
  std::mt19937 engine(8);
  for (float& weight : weights) weight = static_cast<float>(static_cast<int>(engine() % 255) - 127);
  for (float& value : input) value = static_cast<float>(static_cast<int>(engine() % 601) - 300);
  for (std::int64_t i = 0; i < shape.depth * shape.columns; i += kGroup) weights[size(i)] = 127.0F;
  for (std::int64_t i = 0; i < shape.rows * shape.depth; i += kGroup) input[size(i)] = 16256.0F;
  const std::vector<float> output =
      Weights(kernels(), Element::int8, weights, shape).product(input);
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    for (std::int64_t column = 0; column < shape.columns; ++column) {
      std::int64_t sum = 0;
      for (std::int64_t k = 0; k < shape.depth; ++k) {
        sum += static_cast<std::int64_t>(input[size(row * shape.depth + k)]) *
               static_cast<std::int64_t>(weights[size(column * shape.depth + k)]);
      }
      ASSERT_LT(std::abs(sum), 1 << 24);
      ASSERT_EQ(output[size(row * shape.columns + column)], static_cast<float>(sum));
    }
  }
}

TEST_P(RowProducts, AddBiasScaleAndGeluAndResidual) {
  const Shape shape{5, 96, 130};
  const std::vector<float> weights = random_floats(shape.depth * shape.columns, 9, 0.2F);
  const std::vector<float> input = random_floats(shape.rows * shape.depth, 10);
  const std::vector<float> bias = random_floats(shape.columns, 11);
  const std::vector<float> residual = random_floats(shape.rows * shape.columns, 12);
  for (const Element element : {Element::f32, Element::int8}) {
    const Weights panels(kernels(), element, weights, shape);
    const std::vector<float> plain = panels.product(input);
    const std::vector<float> output = panels.product(input, {.bias = bias.data(),
                                                             .factor = 0.5F,
                                                             .gelu = true,
                                                             .residual = residual.data(),
                                                             .residual_stride = shape.columns});
    for (std::size_t i = 0; i < output.size(); ++i) {
      const double x = (double{plain[i]} + double{bias[i % bias.size()]}) * 0.5;
      const double expected = x * 0.5 * std::erfc(-x / std::sqrt(2.0)) + double{residual[i]};
      ASSERT_NEAR(output[i], expected, 1e-6 * (1 + std::abs(x)));
    }
  }
}

TEST_P(RowProducts, OfARowWithoutAFiniteNumberHaveNone) {
  const Shape shape{4, 100, 70};
  const std::vector<float> weights = random_floats(shape.depth * shape.columns, 13);
  std::vector<float> input = random_floats(shape.rows * shape.depth, 14);
  input[size(0 * shape.depth + 3)] = kNaN;
  input[size(1 * shape.depth + 99)] = kInfinity;
  input[size(3 * shape.depth + 64)] = -kInfinity;
  for (const Element element : {Element::f32, Element::int8}) {
    const Weights panels(kernels(), element, weights, shape);
    const std::vector<float> output = panels.product(input);
    const std::vector<float> curved = panels.product(input, {.gelu = true});
    for (std::size_t i = 0; i < output.size(); ++i) {
      const bool is_finite = i / size(shape.columns) == 2;
      ASSERT_EQ(std::isfinite(output[i]), is_finite) << i;
      ASSERT_EQ(std::isfinite(curved[i]), is_finite) << i;
      ASSERT_TRUE(element == Element::f32 || std::isnan(output[i]) != is_finite) << i;
    }
  }
}

TEST_P(RowProducts, OfZerosAndOfTheLeastNumbersAreZeros) {
  const Shape shape{3, 70, 66};
  std::vector<float> input(size(shape.rows * shape.depth));
  for (std::int64_t k = 0; k < shape.depth; ++k) {
    input[size(shape.depth + k)] = std::numeric_limits<float>::denorm_min();
  }
  std::vector<float> weights = random_floats(shape.depth * shape.columns, 15);
  const Weights panels(kernels(), Element::int8, weights, shape);
  for (const float value : panels.product(input)) ASSERT_EQ(value, 0.0F);
  for (float& weight : weights) weight = 1e-38F;
  const Weights least(kernels(), Element::int8, weights, shape);
  for (const float value : least.product(random_floats(shape.rows * shape.depth, 16))) {
    ASSERT_EQ(value, 0.0F);
  }
}

INSTANTIATE_EACH_TABLE(RowProducts);

// The integers are exact, so only the order of roundings in float32 is left.
TEST(RowProduct, HasTheSameIntegersForEachInstructionSet) {
  const Shape shape{3, 64, 64};
  const std::vector<float> weights = random_floats(shape.depth * shape.columns, 17);
  const std::vector<float> input = random_floats(shape.rows * shape.depth, 18);
  const std::vector<float> first =
      Weights(*usable_kernels().front(), Element::int8, weights, shape).product(input);
  for (const Kernels* kernels : usable_kernels()) {
    const std::vector<float> output =
        Weights(*kernels, Element::int8, weights, shape).product(input);
    for (std::size_t i = 0; i < output.size(); ++i) {
      ASSERT_NEAR(output[i], first[i], 3e-7F * std::abs(first[i])) << kernels->name;
    }
  }
}

TEST(RowProduct, WeightsWithoutAFiniteNumberGiveNone) {
  const Shape shape{1, 64, 64};
  std::vector<float> weights = random_floats(shape.depth * shape.columns, 19);
  weights[5] = kInfinity;
  weights[size(2 * shape.depth + 7)] = kNaN;
  const std::vector<float> output =
      Weights(best_kernels({}), Element::int8, weights, shape).product(random_floats(64, 20));
  for (std::size_t i = 0; i < output.size(); ++i) {
    ASSERT_EQ(std::isnan(output[i]), i == 0 || i == 2);
  }
}

}  // namespace
}  // namespace sotto::cpu
