#include <algorithm>
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <iterator>
#include <limits>
#include <vector>

#include "core/base/float16.h"
#include "kernels/each_table.h"
#include "kernels/product_data.h"

namespace sotto::cpu {
namespace {

constexpr Element kElements[] = {Element::f32, Element::bf16, Element::int8};
constexpr double kUnit = 0x1p-24;  ///< half of what a float's last digit is to the float, at most

class ManyRows : public EachTable {
 protected:
  void multiply(Element element, const Product& product) const {
    kernels().product(element, product);
  }
};
INSTANTIATE_EACH_TABLE(ManyRows);

/// The plain product, of what elements stand for.
class PlainProduct {
 public:
  PlainProduct(const InputRows& input, const Weights& weights) : depth_(input.depth) {
    for (std::int64_t row = 0; row < input.count; ++row) {
      for (std::int64_t k = 0; k < depth_; ++k) input_.push_back(input.value(row, k));
    }
    for (std::int64_t column = 0; column < weights.columns; ++column) {
      for (std::int64_t k = 0; k < depth_; ++k) weights_.push_back(weights.value(column, k));
    }
  }

  [[nodiscard]] double at(std::int64_t row, std::int64_t column) const {
    double sum = 0;
    const double* x = input_.data() + row * depth_;
    const double* w = weights_.data() + column * depth_;
    for (std::int64_t k = 0; k < depth_; ++k) sum += x[k] * w[k];
    return sum;
  }
  /// Of the sum's terms, added up.
  [[nodiscard]] double magnitude_at(std::int64_t row, std::int64_t column) const {
    double sum = 0;
    const double* x = input_.data() + row * depth_;
    const double* w = weights_.data() + column * depth_;
    for (std::int64_t k = 0; k < depth_; ++k) sum += std::abs(x[k] * w[k]);
    return sum;
  }

 private:
  std::int64_t depth_;
  std::vector<double> input_, weights_;
};

/// Calls check(row, column) for some of a product's results, those at all ends among them.
void for_some(std::int64_t rows, std::int64_t columns,
              const std::function<void(std::int64_t, std::int64_t)>& check) {
  const std::int64_t step = std::max<std::int64_t>(1, rows / 25);
  for (std::int64_t row = 0; row < rows;
       row = row == rows - 1 ? rows : std::min(row + step, rows - 1)) {
    for (std::int64_t column = row % 7; column < columns; column += 7) check(row, column);
    check(row, columns - 1);
  }
}

TEST_P(ManyRows, AreExactWhereNumbersAre) {
  for (const Element element : kElements) {
    for (const std::int64_t depth : {1, 3, 64, 80, 240, 512, 1536, 2048}) {
      for (const std::int64_t columns : {1, 64, 65, 200}) {
        InputRows input = exact_rows(element, 151, depth, depth);
        const Weights weights = exact_weights(element, columns, depth);
        const PlainProduct expected(input, weights);
        for (const std::int64_t rows : {1, 5, 6, 7, 13, 150, 151}) {
          SCOPED_TRACE(testing::Message() << "element " << int(element) << ", " << rows << " × "
                                          << depth << " · " << columns);
          OutputRows output(Element::f32, rows, columns);
          Product product = product_of(input, weights, output, Element::f32);
          product.rows = rows;
          multiply(element, product);
          EXPECT_TRUE(output.is_rest_untouched());
          for_some(rows, columns, [&](std::int64_t row, std::int64_t column) {
            ASSERT_EQ(output.value(row, column), expected.at(row, column)) << row << ", " << column;
          });
          if (HasFailure()) return;
        }
      }
    }
  }
}

TEST_P(ManyRows, MayOverlap) {
  for (const Element element : {Element::f32, Element::bf16}) {
    InputRows input = exact_rows(element, 31, 240, 80);
    const Weights weights = exact_weights(element, 100, 240);
    const PlainProduct expected(input, weights);
    OutputRows output(Element::f32, 31, 100);
    multiply(element, product_of(input, weights, output, Element::f32));
    for_some(31, 100, [&](std::int64_t row, std::int64_t column) {
      ASSERT_EQ(output.value(row, column), expected.at(row, column));
    });
  }
}

TEST_P(ManyRows, AreOffByNoMoreThanAdditionRounds) {
  for (const Element element : kElements) {
    for (const std::int64_t depth : {3, 80, 512, 2048, 8256}) {
      InputRows input = real_rows(element, 13, depth);
      const Weights weights = real_weights(element, 65, depth);
      const PlainProduct expected(input, weights);
      OutputRows output(Element::f32, 13, 65);
      multiply(element, product_of(input, weights, output, Element::f32));
      // Each term is rounded once, each sum once; of bytes only what a group is scaled by, its
      // product with the sum, and the sum of groups.
      const double roundings = element == Element::int8 ? static_cast<double>(groups_of(depth)) + 2
                                                        : static_cast<double>(depth) + 1;
      for_some(13, 65, [&](std::int64_t row, std::int64_t column) {
        ASSERT_NEAR(output.value(row, column), expected.at(row, column),
                    roundings * kUnit * expected.magnitude_at(row, column))
            << "element " << int(element) << ", depth " << depth;
      });
    }
  }
}

TEST_P(ManyRows, DependOnNoOtherRowsNorPanels) {
  for (const Element element : kElements) {
    for (const std::int64_t depth : {80, 1031}) {
      constexpr std::int64_t kRows = 307, kColumns = 150;
      InputRows input = real_rows(element, kRows, depth);
      const Weights weights = real_weights(element, kColumns, depth);
      for (const Element kind : kElements) {
        OutputRows whole(kind, kRows, kColumns), parts(kind, kRows, kColumns);
        Product product = product_of(input, weights, whole, kind);
        product.gelu = true;
        multiply(element, product);
        const std::int64_t bounds[] = {0, 1, 6, 13, 163, 164, 300, kRows};
        for (std::size_t i = 0; i + 1 < std::size(bounds); ++i) {
          for (const std::int64_t column : {std::int64_t{0}, kGroup}) {
            Product part = product;
            part.rows = bounds[i + 1] - bounds[i];
            part.input = input.rows(bounds[i]);
            part.panels += panel_bytes(element, depth) * static_cast<std::size_t>(column / kGroup);
            part.columns = column == 0 ? kGroup : kColumns - kGroup;
            part.output = parts.rows(bounds[i]);
            part.output.data += static_cast<std::size_t>(column) * bytes_of(kind);
            part.output.scales += column / kGroup;
            multiply(element, part);
          }
        }
        EXPECT_TRUE(whole == parts)
            << "element " << int(element) << " to " << int(kind) << ", depth " << depth;
      }
    }
  }
}

/// What follows the sums.
struct End {
  bool has_bias, has_residual, has_gelu;
  float factor;
};
constexpr End kEnds[] = {{true, false, false, 1.0F},  {false, true, false, 1.0F},
                         {true, false, true, 1.0F},   {true, true, false, 0.125F},
                         {false, false, true, 0.25F}, {true, true, true, 0.3F}};

class Ends : public ManyRows {
 protected:
  static constexpr std::int64_t kRows = 8;

  void SetUp() override {
    ManyRows::SetUp();
    Numbers numbers(1);
    for (std::int64_t i = 0; i < kMost; ++i) bias_.push_back(numbers.real() * 3);
    for (std::int64_t i = 0; i < kRows * kMost; ++i) residual_.push_back(numbers.real());
  }

  /// Of operands that end where their last element does.
  [[nodiscard]] OutputRows ended(const End& end, std::int64_t columns, Element kind) {
    InputRows input = exact_rows(Element::f32, kRows, 12, 12);
    const Weights weights = exact_weights(Element::f32, columns, 12);
    OutputRows output(kind, kRows, columns);
    Product product = product_of(input, weights, output, kind);
    const std::vector<float> bias(bias_.begin(), bias_.begin() + columns);
    const std::vector<float> residual(residual_.begin(),
                                      residual_.begin() + (kRows - 1) * (columns + 3) + columns);
    if (end.has_bias) product.bias = bias.data();
    if (end.has_residual) product.residual = residual.data();
    product.residual_stride = columns + 3;
    product.factor = end.factor;
    product.gelu = end.has_gelu;
    kernels().product(Element::f32, product);
    EXPECT_TRUE(output.is_rest_untouched());
    return output;
  }

  [[nodiscard]] double bias(std::int64_t column) const {
    return bias_[static_cast<std::size_t>(column)];
  }
  [[nodiscard]] double residual(std::int64_t row, std::int64_t column, std::int64_t columns) const {
    return residual_[static_cast<std::size_t>(row * (columns + 3) + column)];
  }

 private:
  static constexpr std::int64_t kMost = 210;
  std::vector<float> bias_, residual_;
};
INSTANTIATE_EACH_TABLE(Ends);

double gelu(double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }

TEST_P(Ends, AreWhatTheyStandFor) {
  for (const std::int64_t columns : {5, 64, 200}) {
    InputRows input = exact_rows(Element::f32, kRows, 12, 12);
    const PlainProduct expected(input, exact_weights(Element::f32, columns, 12));
    for (const End& end : kEnds) {
      const OutputRows output = ended(end, columns, Element::f32);
      for_some(kRows, columns, [&](std::int64_t row, std::int64_t column) {
        double value = expected.at(row, column) + (end.has_bias ? bias(column) : 0.0);
        value *= end.factor;
        // The sum with the bias, its product with the factor; GELU is nowhere steeper than 1.13.
        double bound = 2 * kUnit * std::abs(value) * 1.13;
        if (end.has_gelu) {
          bound += 3e-7 * std::max(1.0, std::abs(value));
          value = gelu(value);
        }
        if (end.has_residual) {
          value += residual(row, column, columns);
          bound += kUnit * std::abs(value);
        }
        ASSERT_NEAR(output.value(row, column), value, bound * (1 + 4 * kUnit));
      });
    }
  }
}

TEST_P(Ends, RoundToTheNearestBfloat16) {
  for (const std::int64_t columns : {5, 64, 200}) {
    for (const End& end : kEnds) {
      const OutputRows floats = ended(end, columns, Element::f32);
      const OutputRows halves = ended(end, columns, Element::bf16);
      for_some(kRows, columns, [&](std::int64_t row, std::int64_t column) {
        ASSERT_EQ(halves.bits(row, column),
                  float32_to_bfloat16(static_cast<float>(floats.value(row, column))));
      });
    }
  }
}

TEST_P(Ends, ScaleEachGroupToItsLargest) {
  for (const std::int64_t columns : {5, 64, 200}) {
    for (const End& end : kEnds) {
      const OutputRows floats = ended(end, columns, Element::f32);
      const OutputRows bytes = ended(end, columns, Element::int8);
      for (std::int64_t row = 0; row < kRows; ++row) {
        for (std::int64_t group = 0; group < groups_of(columns); ++group) {
          const std::int64_t first = group * kGroup, last = std::min(columns, first + kGroup);
          double largest = 0;
          for (std::int64_t c = first; c < last; ++c) {
            largest = std::max(largest, std::abs(floats.value(row, c)));
          }
          const double scale = bytes.scale(row, group);
          ASSERT_NEAR(scale, largest / 127, 3 * kUnit * scale);
          for (std::int64_t c = first; c < last; ++c) {
            // Half a step, and what the quotient by the scale is rounded by.
            ASSERT_NEAR(bytes.value(row, c), floats.value(row, c), scale * (0.5 + 127 * 8 * kUnit));
          }
        }
      }
    }
  }
}

TEST_P(Ends, HaveNoScaleWhereAllIsZero) {
  for (const float factor : {0.0F, 1e-38F}) {
    const OutputRows bytes = ended({false, false, false, factor}, 64, Element::int8);
    for (std::int64_t row = 0; row < kRows; ++row) {
      EXPECT_EQ(bytes.scale(row, 0), 0.0F);
      for (std::int64_t c = 0; c < 64; ++c) EXPECT_EQ(bytes.bits(row, c), 0U);
    }
  }
}

TEST_P(Ends, HideNoInfinity) {
  for (const float factor :
       {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    const End end{true, false, false, factor};
    const OutputRows floats = ended(end, 64, Element::f32);
    const OutputRows halves = ended(end, 64, Element::bf16);
    const OutputRows bytes = ended(end, 64, Element::int8);
    EXPECT_FALSE(std::isfinite(floats.value(3, 7)));
    EXPECT_FALSE(std::isfinite(halves.value(3, 7)));
    EXPECT_FALSE(std::isfinite(bytes.value(3, 7)));
  }
}

TEST_P(ManyRows, HaveGeluAsItIsDefined) {
  std::vector<float> values;
  for (int i = -40'000; i <= 40'000; ++i) values.push_back(static_cast<float>(i) / 4000.0F);
  for (const float large : {50.0F, 1e4F, 1e30F}) values.insert(values.end(), {large, -large});
  std::vector<float> results(values.size() + 1, 42.0F);
  kernels().gelu(values.data(), static_cast<std::int64_t>(values.size()), results.data());
  EXPECT_EQ(results.back(), 42.0F);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = values[i];
    ASSERT_NEAR(results[i], gelu(x), 3e-7 * std::max(1.0, std::abs(x))) << x;
  }
  const float nan = std::numeric_limits<float>::quiet_NaN();
  kernels().gelu(&nan, 1, results.data());
  EXPECT_TRUE(std::isnan(results[0]));
}

TEST(Panels, HoldWeightsAsNearAsTheirTypeCan) {
  constexpr std::int64_t kDepth = 137, kColumns = 70;
  for (const Element element : kElements) {
    const Weights weights = real_weights(element, kColumns, kDepth);
    for (std::int64_t column = 0; column < kColumns; ++column) {
      for (std::int64_t k = 0; k < kDepth; ++k) {
        const double value = weights.data[static_cast<std::size_t>(column * kDepth + k)];
        const double bound = element == Element::f32    ? 0.0
                             : element == Element::bf16 ? std::abs(value) * 0x1p-8
                                                        : 0.5001 / 127;
        ASSERT_NEAR(weights.value(column, k), value, bound);
      }
    }
    // Behind the last column, to the panel's end.
    for (std::int64_t column = kColumns; column < 2 * kGroup; ++column) {
      for (std::int64_t k = 0; k < kDepth; ++k) ASSERT_EQ(weights.value(column, k), 0.0);
    }
  }
}

}  // namespace
}  // namespace sotto::cpu
