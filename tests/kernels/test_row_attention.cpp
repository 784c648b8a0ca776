#include <cmath>
#include <limits>

#include "kernels/each_table.h"
#include "kernels/guarded_bytes.h"
#include "kernels/row_data.h"

namespace sotto::cpu {
namespace {

/// Keys and values at places in no order, a few floats apart.
struct Rows {
  Rows(std::int64_t rows, std::int64_t width)
      : width(width),
        query(random_floats(width, 1, 0.4F)),
        keys(random_floats(rows * (width + 3), 2)),
        values(random_floats(rows * (width + 3), 3)) {
    for (std::int64_t i = 0; i < rows; ++i) {
      key_places.push_back((rows - 1 - i) * (width + 3));
      value_places.push_back((i * 7 % rows) * (width + 3));
    }
  }

  [[nodiscard]] std::vector<float> attend(const Kernels& kernels) const {
    GuardedBytes scores(row_attention_scratch(key_places.size()) * sizeof(float));
    GuardedBytes output(size(width) * sizeof(float));
    kernels.attend_row({.query = query.data(),
                        .keys = keys.data(),
                        .values = values.data(),
                        .key_places = key_places.data(),
                        .value_places = value_places.data(),
                        .rows = key_places.size(),
                        .width = size(width),
                        .scores = scores.as<float>(),
                        .output = output.as<float>()});
    return {output.as<float>(), output.as<float>() + width};
  }

  [[nodiscard]] std::vector<double> expected() const {
    std::vector<double> scores(key_places.size()), output(size(width));
    double most = -std::numeric_limits<double>::infinity(), sum = 0;
    for (std::size_t row = 0; row < scores.size(); ++row) {
      for (std::int64_t i = 0; i < width; ++i) {
        scores[row] += double{query[size(i)]} * double{keys[size(key_places[row] + i)]};
      }
      most = std::max(most, scores[row]);
    }
    for (double& score : scores) sum += score = std::exp(score - most);
    for (std::size_t row = 0; row < scores.size(); ++row) {
      for (std::int64_t i = 0; i < width; ++i) {
        output[size(i)] += scores[row] / sum * double{values[size(value_places[row] + i)]};
      }
    }
    return output;
  }

  std::int64_t width;
  std::vector<float> query, keys, values;
  std::vector<std::int64_t> key_places, value_places;
};

class AttendRow : public EachTable {};

TEST_P(AttendRow, IsThatOfDoublePrecision) {
  for (const std::int64_t width : {64, 16, 32, 80, 12, 1, 7}) {
    for (const std::int64_t rows : {1, 2, 15, 16, 17, 100, 448}) {
      SCOPED_TRACE(testing::Message() << rows << " rows of " << width);
      const Rows task(rows, width);
      const std::vector<double> expected = task.expected();
      const std::vector<float> output = task.attend(kernels());
      for (std::size_t i = 0; i < output.size(); ++i) ASSERT_NEAR(output[i], expected[i], 2e-6);
    }
  }
}

TEST_P(AttendRow, OfAScoreThatIsNoFiniteNumberIsNone) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    for (const std::size_t row : {std::size_t{0}, std::size_t{20}, std::size_t{36}}) {
      Rows task(37, 64);
      task.keys[size(task.key_places[row] + 9)] = bad;
      for (const float value : task.attend(kernels())) ASSERT_TRUE(std::isnan(value));
    }
  }
}

TEST_P(AttendRow, OfScoresFarApartIsTheValueOfTheLargest) {
  Rows task(40, 64);
  for (float& value : task.query) value *= 1000.0F;
  const std::vector<double> expected = task.expected();
  const std::vector<float> output = task.attend(kernels());
  for (std::size_t i = 0; i < output.size(); ++i) ASSERT_NEAR(output[i], expected[i], 1e-5);
}

INSTANTIATE_EACH_TABLE(AttendRow);

}  // namespace
}  // namespace sotto::cpu
