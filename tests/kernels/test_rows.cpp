#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <vector>

#include "each_table.h"
#include "element_rows.h"

// What goes over rows, against double precision, for every instruction set of this processor.

namespace sotto::cpu {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr double kUnit = 0x1p-24;
constexpr std::array kElements{Element::f32, Element::bf16, Element::int8};
constexpr std::array<std::int64_t, 12> kWidths{1, 3, 4, 7, 16, 63, 64, 65, 80, 130, 384, 517};

class RowKernels : public EachTable {};
INSTANTIATE_EACH_TABLE(RowKernels);

/// How far an element may be from what was to be written there.
double rounding_of(Element element, double value, double largest_of_group) {
  if (element == Element::f32) return 0;
  if (element == Element::bf16) return 0x1p-8 * std::abs(value);
  return largest_of_group / 127 * 0.5 * (1 + 1e-5);
}

/// Each row of `rows` must be what `expected` ([rows, width]) is, to within `bound` and what its
/// element rounds.
void expect_rows(const ElementRows& rows, Element element, std::int64_t width,
                 const std::vector<double>& expected, double bound) {
  const auto count = static_cast<std::int64_t>(expected.size()) / width;
  for (std::int64_t row = 0; row < count; ++row) {
    for (std::int64_t i = 0; i < width; ++i) {
      const double* of_row = expected.data() + row * width;
      double largest = 0;
      for (std::int64_t k = i / kGroup * kGroup; k < std::min((i / kGroup + 1) * kGroup, width);
           ++k)
        largest = std::max(largest, std::abs(of_row[k]));
      ASSERT_NEAR(double{rows.get(row, i)}, of_row[i],
                  bound * 1.01 + rounding_of(element, of_row[i], largest + bound))
          << "row " << row << ", column " << i << " of " << width;
    }
  }
  EXPECT_TRUE(rows.gaps_are_untouched());
}

/// Operands of a layer norm over rows with a mean far from zero.
struct NormCase {
  std::int64_t rows = 5, width;
  ElementRows input, weight, bias;
  NormCase(std::int64_t width, float mean, float deviation)
      : width(width),
        input(Element::f32, rows, width, 3),
        weight(Element::f32, 1, width, 0),
        bias(Element::f32, 1, width, 0) {
    std::vector<float> values = made_values(rows * width, 3, deviation);
    for (float& value : values) value += mean;
    input.set_all(values);
    weight.set_all(made_values(width, 5, 1));
    bias.set_all(made_values(width, 7, 1));
  }
};

struct Normal {
  std::vector<double> output;
  double largest = 0;  ///< of |(x − mean) / deviation · weight| + |bias|
};
Normal expected_normal(const NormCase& made) {
  Normal normal;
  for (std::int64_t row = 0; row < made.rows; ++row) {
    double mean = 0, variance = 0;
    for (std::int64_t i = 0; i < made.width; ++i) mean += double{made.input.get(row, i)};
    mean /= static_cast<double>(made.width);
    for (std::int64_t i = 0; i < made.width; ++i)
      variance += std::pow(double{made.input.get(row, i)} - mean, 2);
    variance /= static_cast<double>(made.width);
    for (std::int64_t i = 0; i < made.width; ++i) {
      const double scaled = (double{made.input.get(row, i)} - mean) /
                            std::sqrt(variance + double{1e-5F}) * double{made.weight.get(0, i)};
      normal.output.push_back(scaled + double{made.bias.get(0, i)});
      normal.largest =
          std::max(normal.largest, std::abs(scaled) + std::abs(double{made.bias.get(0, i)}));
    }
  }
  return normal;
}

ElementRows normalized(const Kernels& kernels, const NormCase& made, Element element) {
  ElementRows output(element, made.rows, made.width, 2);
  kernels.layer_norm({.input = reinterpret_cast<const float*>(made.input.view().data),
                      .input_stride = made.input.view().stride,
                      .rows = made.rows,
                      .width = made.width,
                      .weight = reinterpret_cast<const float*>(made.weight.view().data),
                      .bias = reinterpret_cast<const float*>(made.bias.view().data),
                      .output = output.view(),
                      .output_element = element});
  return output;
}

TEST_P(RowKernels, LayerNormIsThatOfDoublePrecision) {
  for (const std::int64_t width : kWidths) {
    for (const float mean : {0.0F, 3.0F, -1000.0F}) {
      for (const float deviation : {1.0F, 0.01F, 100.0F}) {
        const NormCase made(width, mean, deviation);
        const Normal normal = expected_normal(made);
        for (const Element element : kElements) {
          expect_rows(normalized(kernels(), made, element), element, width, normal.output,
                      1e-6 * normal.largest);
        }
      }
    }
  }
}

TEST_P(RowKernels, LayerNormOfEqualValuesIsTheBias) {
  for (const float value : {0.0F, 0.1F, -77777.7F, 3e15F}) {
    NormCase made(80, 0, 1);
    made.input.set_all(std::vector<float>(400, value));
    const ElementRows output = normalized(kernels(), made, Element::f32);
    for (std::int64_t i = 0; i < 80; ++i) {
      ASSERT_NEAR(output.get(2, i), made.bias.get(0, i),
                  1e-6F * (std::abs(made.weight.get(0, i)) + std::abs(made.bias.get(0, i))));
    }
  }
}

TEST_P(RowKernels, LayerNormOfWhatIsNoNumberIsNaN) {
  for (const float strange : {kNan, kInf, -kInf}) {
    NormCase made(130, 0, 1);
    made.input.set(1, 129, strange);
    for (const Element element : kElements) {
      const ElementRows output = normalized(kernels(), made, element);
      for (std::int64_t row = 0; row < made.rows; ++row) {
        for (std::int64_t i = 0; i < 130; ++i)
          ASSERT_EQ(std::isnan(output.get(row, i)), row == 1) << row << " " << i;
      }
    }
  }
}

/// Rows of `element` with random values in them.
ElementRows made_rows(Element element, std::int64_t rows, std::int64_t width) {
  ElementRows made(element, rows, width, 5);
  if (element != Element::int8) {
    made.set_all(made_values(rows * width, 9, 3));
    return made;
  }
  const std::vector<float> values = made_values(rows * width, 9, 60);
  const std::vector<float> scales = made_values(rows * groups_of(width), 11, 1);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t i = 0; i < width; ++i) {
      const float value = values[static_cast<std::size_t>(row * width + i)];
      made.set_byte(row, i, static_cast<std::int8_t>(std::clamp(value, -127.0F, 127.0F)));
    }
    for (std::int64_t group = 0; group < groups_of(width); ++group) {
      made.set_scale(row, group, scales[static_cast<std::size_t>(row * groups_of(width) + group)]);
    }
  }
  return made;
}

TEST_P(RowKernels, ConvertsEachElementToEach) {
  for (const std::int64_t width : kWidths) {
    for (const Element from : kElements) {
      const ElementRows input = made_rows(from, 3, width);
      std::vector<double> expected;
      for (std::int64_t row = 0; row < 3; ++row)
        for (std::int64_t i = 0; i < width; ++i) expected.push_back(double{input.get(row, i)});
      for (const Element to : kElements) {
        const ElementRows output(to, 3, width, 1);
        kernels().convert({.input = input.view(),
                           .input_element = from,
                           .rows = 3,
                           .width = width,
                           .output = output.view(),
                           .output_element = to});
        expect_rows(output, to, width, expected, 0);
      }
    }
  }
}

ElementRows converted(const Kernels& kernels, const ElementRows& input, std::int64_t width,
                      Element to) {
  ElementRows output(to, 1, width, 0);
  kernels.convert({.input = input.view(),
                   .rows = 1,
                   .width = width,
                   .output = output.view(),
                   .output_element = to});
  return output;
}

TEST_P(RowKernels, ConvertsToTheNearestBfloat16) {
  // Ties to even of both kinds, the largest float32, zeros, what is no number.
  const std::vector<float> values{
      1.00390625F, 1.01171875F, -1.00390625F,  3.4028235e38F, 0.0F, -0.0F,  1.0039063F, kInf, -kInf,
      kNan,        1.2e-38F,    0x1.fefffep0F, 65504.0F,      2.5F, -7e-5F, 1.0F,       3.0F};
  ElementRows input(Element::f32, 1, 17, 0);
  input.set_all(values);
  const ElementRows output = converted(kernels(), input, 17, Element::bf16);
  for (std::int64_t i = 0; i < 17; ++i) {
    const float value = values[static_cast<std::size_t>(i)];
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(output.get(0, i)));
    else
      EXPECT_EQ(output.get(0, i), float_of_bf16(nearest_bf16(value))) << value;
  }
}

TEST_P(RowKernels, ScalesBytesByTheirGroupsLargest) {
  ElementRows input(Element::f32, 1, 200, 0);
  std::vector<float> values(200, 0.0F);  // the last group stays zero
  for (std::size_t i = 0; i < 64; ++i) values[i] = static_cast<float>(i) - 32.5F;
  values[64] = 1e-38F;
  values[191] = -5.0F;
  values[130] = 2.4999F / 127 * 5;
  input.set_all(values);
  const ElementRows output = converted(kernels(), input, 200, Element::int8);
  EXPECT_FLOAT_EQ(output.scale(0, 0), 32.5F / 127);
  EXPECT_EQ(output.byte(0, 0), -127);
  EXPECT_EQ(output.byte(0, 63), 119);  // 30.5 · 127 / 32.5 = 119.2
  EXPECT_EQ(output.scale(0, 64), 0.0F);
  EXPECT_EQ(output.byte(0, 64), 0);
  EXPECT_FLOAT_EQ(output.scale(0, 128), 5.0F / 127);
  EXPECT_EQ(output.byte(0, 191), -127);
  EXPECT_EQ(output.byte(0, 130), 2);
  EXPECT_EQ(output.scale(0, 192), 0.0F);
  EXPECT_EQ(output.byte(0, 199), 0);
}

TEST_P(RowKernels, GivesAGroupOfBytesThatHoldsNoNumberNoFiniteScale) {
  for (const float strange : {kNan, kInf, -kInf}) {
    for (const std::int64_t place : {0, 17, 66}) {
      ElementRows input(Element::f32, 1, 67, 0);
      input.set_all(made_values(67, 3, 1));
      input.set(0, place, strange);
      const ElementRows output = converted(kernels(), input, 67, Element::int8);
      EXPECT_EQ(std::isfinite(output.scale(0, 0)), place >= 64);
      EXPECT_EQ(std::isfinite(output.scale(0, 64)), place < 64);
      for (std::int64_t i = 0; i < 67; ++i) EXPECT_NE(output.byte(0, i), -128);
    }
  }
}

ElementRows softmax(const Kernels& kernels, const ElementRows& input, std::int64_t rows,
                    std::int64_t width) {
  ElementRows output(Element::f32, rows, width, 2);
  kernels.softmax({.input = reinterpret_cast<const float*>(input.view().data),
                   .input_stride = input.view().stride,
                   .rows = rows,
                   .width = width,
                   .output = reinterpret_cast<float*>(output.view().data),
                   .output_stride = output.view().stride});
  return output;
}

TEST_P(RowKernels, SoftmaxIsThatOfDoublePrecision) {
  for (const std::int64_t width : {1, 2, 5, 16, 65, 1023, 1500, 5000}) {
    for (const float deviation : {1.0F, 20.0F}) {
      ElementRows input(Element::f32, 3, width, 1);
      input.set_all(made_values(3 * width, 3, deviation));
      input.set(2, 0, -kInf);
      if (width > 1) input.set(2, width - 1, 100.0F);
      const std::int64_t rows = width == 1 ? 2 : 3;
      const ElementRows output = softmax(kernels(), input, rows, width);
      for (std::int64_t row = 0; row < rows; ++row) {
        double largest = -HUGE_VAL, total = 0;
        for (std::int64_t i = 0; i < width; ++i)
          largest = std::max(largest, double{input.get(row, i)});
        for (std::int64_t i = 0; i < width; ++i)
          total += std::exp(double{input.get(row, i)} - largest);
        for (std::int64_t i = 0; i < width; ++i) {
          const double distance = largest - double{input.get(row, i)};
          const double expected = std::exp(-distance) / total;
          // Three roundings of the exponent, eight of the power, a block's sum, the factor; what is
          // below 2^−126 is zero.
          const double bound = (4 * (expected > 0 ? distance : 0) + 8 + 1024.0 / 4 + 16) * kUnit;
          ASSERT_NEAR(double{output.get(row, i)}, expected, bound * expected + 0x1p-126);
        }
      }
      EXPECT_TRUE(output.gaps_are_untouched());
    }
  }
}

TEST_P(RowKernels, SoftmaxOfWhatIsNoNumberIsNaN) {
  for (const float strange : {kNan, kInf}) {
    for (const std::int64_t place : {0, 15, 70}) {
      ElementRows input(Element::f32, 2, 71, 0);
      input.set_all(made_values(142, 3, 1));
      input.set(1, place, strange);
      const ElementRows output = softmax(kernels(), input, 2, 71);
      for (std::int64_t i = 0; i < 71; ++i) {
        EXPECT_FALSE(std::isnan(output.get(0, i)));
        EXPECT_TRUE(std::isnan(output.get(1, i)));
      }
    }
  }
  ElementRows hidden(Element::f32, 1, 20, 0);
  hidden.set_all(std::vector<float>(20, -kInf));
  EXPECT_TRUE(std::isnan(softmax(kernels(), hidden, 1, 20).get(0, 7)));
}

TEST_P(RowKernels, ScalesAndAdds) {
  for (const std::int64_t count : kWidths) {
    ElementRows a(Element::f32, 1, count, 0), b(Element::f32, 1, count, 0);
    a.set_all(made_values(count, 3, 1));
    b.set_all(made_values(count, 5, 1));
    const ElementRows product(Element::f32, 1, count, 0), sum(Element::f32, 1, count, 0);
    const auto floats = [](const ElementRows& rows) {
      return reinterpret_cast<float*>(rows.view().data);
    };
    kernels().scale(floats(a), count, 0.3F, floats(product));
    kernels().add(floats(a), floats(b), count, floats(sum));
    for (std::int64_t i = 0; i < count; ++i) {
      ASSERT_EQ(product.get(0, i), a.get(0, i) * 0.3F);
      ASSERT_EQ(sum.get(0, i), a.get(0, i) + b.get(0, i));
    }
  }
}

}  // namespace
}  // namespace sotto::cpu
