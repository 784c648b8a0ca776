#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/each_table.h"
#include "kernels/guarded_bytes.h"
#include "kernels/row_data.h"

namespace sotto::cpu {
namespace {

struct Shape {
  std::int64_t count, width, places;
};
constexpr Shape kShapes[] = {{1, 64, 1500}, {1, 64, 1},   {5, 64, 100}, {8, 16, 63},
                             {9, 32, 130},  {3, 80, 129}, {2, 12, 65},  {17, 64, 64}};
constexpr std::int64_t kHeads = 2;  // rows are wider than a head

/// One head's queries, keys and values, as columns of wider rows.
struct Head {
  Shape shape;
  std::vector<float> query, keys, values;
  [[nodiscard]] std::int64_t stride() const { return kHeads * shape.width; }
  [[nodiscard]] const float* row(const std::vector<float>& rows, std::int64_t i) const {
    return rows.data() + i * stride() + shape.width;
  }
};

Head random_head(const Shape& shape) {
  const std::int64_t stride = kHeads * shape.width;
  return {.shape = shape,
          .query = random_floats(shape.count * stride, 1, 0.3F),
          .keys = random_floats(shape.places * stride, 2),
          .values = random_floats(shape.places * stride, 3)};
}

/// A power of two, the scale of a place's bytes in whole_head().
float scale_of_place(std::int64_t place) {
  return std::ldexp(1.0F, -7 + static_cast<int>(place % 3));
}

/// What integers hold without rounding: keys and values at most 127 times a power of two of each
/// place, queries at most 16256 times one, and that number among each 64.
Head whole_head(const Shape& shape) {
  Head head = random_head(shape);
  std::mt19937 engine(4);
  for (std::vector<float>* rows : {&head.keys, &head.values}) {
    for (std::size_t i = 0; i < rows->size(); ++i) {
      const std::int64_t column = static_cast<std::int64_t>(i) % shape.width;
      const int number = column % kGroup == 0 ? 127 : static_cast<int>(engine() % 255) - 127;
      (*rows)[i] =
          static_cast<float>(number) * scale_of_place(static_cast<std::int64_t>(i) / head.stride());
    }
  }
  for (std::size_t i = 0; i < head.query.size(); ++i) {
    const bool is_first = static_cast<std::int64_t>(i) % shape.width % kGroup == 0;
    const int number = is_first ? 16256 : static_cast<int>(engine() % 10001) - 5000;
    head.query[i] = std::ldexp(static_cast<float>(number), -14);
  }
  return head;
}

std::vector<float> attend(const Kernels& kernels, Element element, const Head& head) {
  const Shape& shape = head.shape;
  const WindowForm form{
      .element = element, .heads = kHeads, .width = shape.width, .places = shape.places};
  GuardedBytes keys(window_head_bytes(form)), values(window_head_bytes(form));
  const std::int64_t stride = head.stride();
  kernels.keep_keys(
      {.form = form, .rows = head.row(head.keys, 0), .stride = stride, .head = keys.data()});
  kernels.keep_values(
      {.form = form, .rows = head.row(head.values, 0), .stride = stride, .head = values.data()});
  GuardedBytes output(size(shape.count * shape.width) * sizeof(float));
  GuardedBytes scratch(window_scratch(form, shape.count));
  kernels.attend_window({.form = form,
                         .query = head.row(head.query, 0),
                         .stride = stride,
                         .count = shape.count,
                         .keys = keys.data(),
                         .values = values.data(),
                         .output = output.as<float>(),
                         .output_stride = shape.width,
                         .scratch = scratch.data()});
  return {output.as<float>(), output.as<float>() + shape.count * shape.width};
}

/// softmax(query · keysᵀ) of a row in double precision.
std::vector<double> weights_of(const Head& head, std::int64_t row) {
  const Shape& shape = head.shape;
  std::vector<double> weights(size(shape.places));
  double most = -std::numeric_limits<double>::infinity(), sum = 0;
  for (std::int64_t place = 0; place < shape.places; ++place) {
    for (std::int64_t i = 0; i < shape.width; ++i) {
      weights[size(place)] +=
          double{head.row(head.query, row)[i]} * double{head.row(head.keys, place)[i]};
    }
    most = std::max(most, weights[size(place)]);
  }
  for (double& weight : weights) sum += weight = std::exp(weight - most);
  for (double& weight : weights) weight /= sum;
  return weights;
}

std::vector<double> expected(const Head& head) {
  const Shape& shape = head.shape;
  std::vector<double> output(size(shape.count * shape.width));
  for (std::int64_t row = 0; row < shape.count; ++row) {
    const std::vector<double> weights = weights_of(head, row);
    for (std::int64_t place = 0; place < shape.places; ++place) {
      for (std::int64_t i = 0; i < shape.width; ++i) {
        output[size(row * shape.width + i)] +=
            weights[size(place)] * double{head.row(head.values, place)[i]};
      }
    }
  }
  return output;
}

/// What the weights' rounding to integers of 15 bits for each 64 places may change in an output of
/// whole_head(): half a step, times the bytes.
double fine_error(const Head& head, const std::vector<double>& weights, std::int64_t column) {
  double error = 0;
  for (std::int64_t first = 0; first < head.shape.places; first += kGroup) {
    double most = 0, bytes = 0;
    for (std::int64_t i = first; i < std::min(first + kGroup, head.shape.places); ++i) {
      const double scale = scale_of_place(i);
      most = std::max(most, weights[size(i)] * scale);
      bytes += std::abs(head.row(head.values, i)[column]) / scale;
    }
    error += 0.5001 / 16256.0 * most * bytes;
  }
  return error;
}

double largest_difference(const std::vector<float>& output, const std::vector<double>& expected) {
  double largest = 0;
  for (std::size_t i = 0; i < output.size(); ++i) {
    const double difference = std::abs(double{output[i]} - expected[i]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

class WindowAttention : public EachTable {};

TEST_P(WindowAttention, OfFloatsIsThatOfDoublePrecision) {
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(testing::Message()
                 << shape.count << " of " << shape.width << " over " << shape.places);
    const Head head = random_head(shape);
    EXPECT_LE(largest_difference(attend(kernels(), Element::f32, head), expected(head)), 2e-6);
  }
}

TEST_P(WindowAttention, OfBytesIsThatOfDoublePrecisionWhereIntegersHoldTheRest) {
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(testing::Message()
                 << shape.count << " of " << shape.width << " over " << shape.places);
    const Head head = whole_head(shape);
    const std::vector<float> output = attend(kernels(), Element::int8, head);
    const std::vector<double> exact = expected(head);
    for (std::int64_t row = 0; row < shape.count; ++row) {
      const std::vector<double> weights = weights_of(head, row);
      for (std::int64_t column = 0; column < shape.width; ++column) {
        const std::size_t i = size(row * shape.width + column);
        ASSERT_NEAR(output[i], exact[i], fine_error(head, weights, column) + 1e-5);
      }
    }
  }
}

TEST_P(WindowAttention, OfBytesIsNearThatOfFloats) {
  const Head head = random_head({.count = 4, .width = 64, .places = 1500});
  EXPECT_LE(largest_difference(attend(kernels(), Element::int8, head), expected(head)), 0.01);
}

TEST_P(WindowAttention, OfAQueryDoesNotDependOnTheOthers) {
  const Head head = random_head({.count = 11, .width = 64, .places = 200});
  for (const Element element : {Element::f32, Element::int8}) {
    const std::vector<float> all = attend(kernels(), element, head);
    for (std::int64_t first = 1; first < head.shape.count; ++first) {
      Head some = head;
      some.shape.count = head.shape.count - first;
      some.query.erase(some.query.begin(), some.query.begin() + first * head.stride());
      const std::vector<float> output = attend(kernels(), element, some);
      ASSERT_EQ(std::memcmp(output.data(), all.data() + first * head.shape.width,
                            output.size() * sizeof(float)),
                0)
          << first;
    }
  }
}

TEST_P(WindowAttention, OfNoFiniteNumberIsNone) {
  const Head plain = random_head({.count = 3, .width = 64, .places = 70});
  for (const Element element : {Element::f32, Element::int8}) {
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
          -std::numeric_limits<float>::infinity()}) {
      Head head = plain;
      head.query[size(head.stride() + head.shape.width + 5)] = bad;
      const std::vector<float> of_query = attend(kernels(), element, head);
      for (std::size_t i = 0; i < of_query.size(); ++i) {
        ASSERT_EQ(std::isnan(of_query[i]), i / 64 == 1);
      }
      head = plain;
      head.keys[size(69 * head.stride() + head.shape.width + 5)] = bad;
      for (const float value : attend(kernels(), element, head)) ASSERT_TRUE(std::isnan(value));
      head = plain;
      head.values[size(3 * head.stride() + head.shape.width + 5)] = bad;
      const std::vector<float> of_value = attend(kernels(), element, head);
      for (std::size_t i = 0; i < of_value.size(); ++i) {
        const bool is_finite = element == Element::f32 && i % 64 != 5;
        ASSERT_EQ(std::isfinite(of_value[i]), is_finite);
      }
    }
  }
}

TEST_P(WindowAttention, OfZerosIsTheMeanOfTheValues) {
  Head head = random_head({.count = 2, .width = 64, .places = 90});
  std::fill(head.query.begin(), head.query.end(), 0.0F);
  for (const Element element : {Element::f32, Element::int8}) {
    EXPECT_LE(largest_difference(attend(kernels(), element, head), expected(head)),
              element == Element::f32 ? 1e-6 : 3e-3);
  }
  std::fill(head.values.begin(), head.values.end(), 0.0F);
  for (const Element element : {Element::f32, Element::int8}) {
    for (const float value : attend(kernels(), element, head)) ASSERT_EQ(value, 0.0F);
  }
}

TEST_P(WindowAttention, OfScoresFarApartIsTheValueOfTheLargest) {
  Head head = random_head({.count = 1, .width = 64, .places = 80});
  for (float& value : head.query) value *= 1000.0F;
  EXPECT_LE(largest_difference(attend(kernels(), Element::f32, head), expected(head)), 1e-5);
}

INSTANTIATE_EACH_TABLE(WindowAttention);

TEST(WindowForm, TakesAByteForAValueAndLittleMore) {
  const WindowForm form{.element = Element::int8, .heads = 8, .width = 64, .places = 1500};
  EXPECT_EQ(window_bytes(form), 8 * window_head_bytes(form));
  EXPECT_LE(window_head_bytes(form), 1500 * 64 * 106 / 100);
}

}  // namespace
}  // namespace sotto::cpu
