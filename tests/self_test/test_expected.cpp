#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/float16.h"
#include "neuron/simulated_model.h"
#include "run/self_test/expected.h"
#include "run/self_test/self_test.h"
#include "support/files.h"
#include "support/temp_folder.h"
#include "tflite/own_file.h"

// Every operation of a graph that has them all: what is expected of a device, and what is found.

namespace sotto::test {
namespace {

using testing::HasSubstr;

constexpr TfliteBudget kBudget{1000, 1'000'000'000, 1'000'000'000};

std::vector<OperationCase> cases_of_everything(WeightType weights) {
  TempFolder folder;
  write_file(folder / "all.tflite", own_file(graph_of_everything(), weights));
  std::vector<OperationCase> cases;
  add_operation_cases(folder / "all.tflite", "all", kBudget, cases);
  return cases;
}

/// The case of this operation.
const OperationCase& find(const std::vector<OperationCase>& cases, const std::string& operation) {
  const auto found = std::find_if(cases.begin(), cases.end(), [&](const OperationCase& one) {
    return one.operation == operation;
  });
  EXPECT_NE(found, cases.end()) << operation;
  return *found;
}

TEST(OperationCases, AreEachOperationOnce) {
  const std::vector<OperationCase> cases = cases_of_everything(WeightType::float16);
  std::vector<std::string> titles;
  for (const OperationCase& one : cases) titles.push_back(one.operation + ' ' + one.description);
  std::sort(titles.begin(), titles.end());
  EXPECT_EQ(std::adjacent_find(titles.begin(), titles.end()), titles.end());
  EXPECT_THAT(titles, testing::Contains("FULLY_CONNECTED [1, 6, 8], constant float16 [10, 8], "
                                        "constant [10] -> [1, 6, 10]"));
  for (const char* name : {"ADD", "SUB", "MUL", "DIV", "MAXIMUM", "ABS", "RSQRT", "MEAN",
                           "REDUCE_MAX", "SOFTMAX", "GELU", "RESHAPE", "TRANSPOSE", "SLICE", "PAD",
                           "CONCATENATION", "BATCH_MATMUL", "FULLY_CONNECTED", "CONV_2D"}) {
    EXPECT_TRUE(has_expectation(find(cases, name))) << name;
  }
  // The same file again adds to their numbers, and no cases.
  TempFolder folder;
  write_file(folder / "all.tflite", own_file(graph_of_everything(), WeightType::float16));
  std::vector<OperationCase> again = cases;
  add_operation_cases(folder / "all.tflite", "again", kBudget, again);
  ASSERT_EQ(again.size(), cases.size());
  EXPECT_EQ(again[0].occurrences, 2 * cases[0].occurrences);
  EXPECT_EQ(again[0].graphs, (std::vector<std::string>{"all", "again"}));
}

TEST(OperationCases, AreOfOwnFilesAlone) {
  TempFolder folder;
  write_file(folder / "all.tflite", own_file(graph_of_everything()));
  std::vector<OperationCase> cases;
  EXPECT_THROW(add_operation_cases(folder / "all.tflite", "all", {1000, 10, 10}, cases), Error);
}

TEST(CaseValues, AreNumbersOfFloat16AndTheSameEachTime) {
  for (const OperationCase& one : cases_of_everything(WeightType::float16)) {
    const CaseValues values(one, 1), same(one, 1), other(one, 2);
    for (std::size_t place = 0; place < one.op().inputs.size(); ++place) {
      const auto numbers = values.operand(place);
      for (const float number : numbers) {
        EXPECT_EQ(float16_to_float32(float32_to_float16(number)), number);
        EXPECT_GE(std::abs(number), 0x1p-14F);
      }
      EXPECT_TRUE(std::ranges::equal(numbers, same.operand(place)));
      if (numbers.size() > 1) {
        EXPECT_FALSE(std::ranges::equal(numbers, other.operand(place))) << one.operation;
      }
    }
  }
}

TEST(SelfTest, FindsTheSimulatorRight) {
  for (const WeightType weights : {WeightType::float32, WeightType::float16}) {
    for (const OperationCase& one : cases_of_everything(weights)) {
      for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const OperationResult result = try_operation(simulator(), one, seed);
        EXPECT_EQ(result.verdict, Verdict::right) << result.sentence;
        EXPECT_EQ(result.elements, static_cast<std::uint64_t>(num_elements(one.output().shape)));
      }
    }
  }
}

/// What the case gives in double precision: each element is held to nothing, and remembered.
std::vector<Comparison::Element> expectations(const OperationCase& one, const CaseValues& values) {
  const auto count = static_cast<std::size_t>(num_elements(one.output().shape));
  std::vector<Comparison::Element> elements;
  // An element that alone is NaN is the worst of all.
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<float> found(count, 0.0F);
    found[i] = std::numeric_limits<float>::quiet_NaN();
    Comparison comparison(found);
    compare(one, values, comparison);
    elements.push_back(comparison.worst());
    EXPECT_EQ(comparison.worst().index, i);
  }
  return elements;
}

TEST(Expectations, HoldForWhatIsRoundedOnceAndNotForMore) {
  for (const OperationCase& one : cases_of_everything(WeightType::float32)) {
    const CaseValues values(one, 3);
    const std::vector<Comparison::Element> elements = expectations(one, values);
    std::vector<float> found;
    for (const auto& element : elements) {
      found.push_back(float16_to_float32(float32_to_float16(static_cast<float>(element.expected))));
    }
    Comparison right(found);
    compare(one, values, right);
    EXPECT_EQ(right.wrong(), 0U) << one.operation << ' ' << one.description;
    const std::size_t last = found.size() - 1;
    found[last] = static_cast<float>(elements[last].expected + 1.01 * elements[last].bound + 1e-4);
    Comparison wrong(found);
    compare(one, values, wrong);
    EXPECT_EQ(wrong.wrong(), 1U) << one.operation << ' ' << one.description;
    EXPECT_EQ(wrong.worst().index, last);
  }
}

// By other means than the code's own: by hand, on a few numbers.
TEST(Expectations, AreTheOperationsByDefinition) {
  const std::vector<OperationCase> cases = cases_of_everything(WeightType::float32);
  const auto at = [&](const std::string& operation, std::size_t index) {
    const OperationCase& one = find(cases, operation);
    return expectations(one, CaseValues(one, 1)).at(index);
  };
  const auto in = [&](const std::string& operation, std::size_t place, std::size_t index) {
    return double{CaseValues(find(cases, operation), 1).operand(place)[index]};
  };
  double sum = in("FULLY_CONNECTED", 2, 9);  // row 1, column 9 of [1, 6, 8] · [10, 8]ᵀ + [10]
  double size = std::abs(sum);
  for (std::size_t k = 0; k < 8; ++k) {
    const double product = in("FULLY_CONNECTED", 0, 8 + k) * in("FULLY_CONNECTED", 1, 72 + k);
    sum += product;
    size += std::abs(product);
  }
  EXPECT_NEAR(at("FULLY_CONNECTED", 19).expected, sum, 1e-12);
  EXPECT_NEAR(at("FULLY_CONNECTED", 19).bound, (0x1p-11 + 8 * 0x1p-24) * size + 0x1p-14, 1e-12);
  sum = 0;  // [2, 3, 4] · [2, 4, 6]: matrix 1, row 2, column 5
  for (std::size_t k = 0; k < 4; ++k) {
    sum += in("BATCH_MATMUL", 0, 20 + k) * in("BATCH_MATMUL", 1, 24 + 6 * k + 5);
  }
  EXPECT_NEAR(at("BATCH_MATMUL", 35).expected, sum, 1e-12);
  const double x = in("GELU", 0, 7);
  const double t = std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x);
  EXPECT_NEAR(at("GELU", 7).expected, x / 2 * (1 + std::tanh(t)), 1e-12);
  EXPECT_NEAR(at("RSQRT", 3).expected, 1 / std::sqrt(in("RSQRT", 0, 3)), 1e-12);
  sum = 0;
  for (std::size_t k = 0; k < 6; ++k) sum += std::exp(in("SOFTMAX", 0, k));
  EXPECT_NEAR(at("SOFTMAX", 2).expected, std::exp(in("SOFTMAX", 0, 2)) / sum, 1e-12);
  // [6, 2, 4] → [2, 4, 6]: element (1, 3, 2) is (2, 1, 3) of the other.
  EXPECT_EQ(at("TRANSPOSE", 24 + 18 + 2).expected, in("TRANSPOSE", 0, 16 + 4 + 3));
  EXPECT_EQ(at("TRANSPOSE", 0).bound, 0);
  EXPECT_EQ(at("PAD", 0).expected, 0);
  EXPECT_EQ(at("PAD", 4).expected, in("PAD", 0, 0));
}

TEST(Comparisons, CountWhatIsWrongAndKeepTheWorst) {
  const std::vector<float> found{1, 2, std::numeric_limits<float>::quiet_NaN(), 5};
  Comparison comparison(found);
  comparison.hold(0, 1.5, 1);
  EXPECT_EQ(comparison.wrong(), 0U);
  EXPECT_EQ(comparison.share(), 0.5);
  comparison.hold(1, 2, 0);
  EXPECT_EQ(comparison.wrong(), 0U);
  comparison.hold(3, 4, 0);
  EXPECT_EQ(comparison.wrong(), 1U);
  EXPECT_EQ(comparison.worst().index, 3U);
  Comparison other(found);
  other.hold(2, 0, 1);
  comparison.add(other);
  EXPECT_EQ(comparison.wrong(), 2U);
  EXPECT_EQ(comparison.elements(), 4U);
  EXPECT_EQ(comparison.worst().index, 2U);
}

}  // namespace
}  // namespace sotto::test
