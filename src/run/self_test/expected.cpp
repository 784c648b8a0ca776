#include "run/self_test/expected.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/base/error.h"
#include "run/self_test/moved.h"
#include "run/self_test/operation_codes.h"
#include "run/self_test/products.h"
#include "run/self_test/rounding.h"

namespace sotto {
namespace {

using half::kFlushed;
using half::kSumUnit;
using half::kUnit;

/// One operation, what goes into it, and what is held to it.
struct Job {
  const OperationCase& one;
  const CaseValues& values;
  Comparison& comparison;

  [[nodiscard]] const tflite::Operator& raw() const { return *one.raw.back(); }
  [[nodiscard]] std::span<const float> in(std::size_t place) const { return values.operand(place); }
  [[nodiscard]] const Shape& shape(std::size_t place) const { return one.input(place).shape; }
  [[noreturn]] void refuse(std::string_view what) const {
    fail(ErrorKind::unsupported, one.file, ": ", what, " of ", one.operation,
         " is not what Sotto writes");
  }
  template <class Options>
  const Options& given(const Options* options) const {
    if (options == nullptr) refuse("the lack of options");
    return *options;
  }
};

std::size_t count_of(const Shape& shape) { return static_cast<std::size_t>(num_elements(shape)); }

std::vector<double> as_doubles(std::span<const float> values) {
  return {values.begin(), values.end()};
}

template <class Function>
void binary(const Job& job, double roundings, const Function& function) {
  const Broadcast a(job.shape(0), job.one.output().shape), b(job.shape(1), job.one.output().shape);
  const std::size_t count = count_of(job.one.output().shape);
  for (std::size_t i = 0; i < count; ++i) {
    const double result = function(double{job.in(0)[a.at(i)]}, double{job.in(1)[b.at(i)]});
    job.comparison.hold(i, result,
                        roundings * kUnit * std::abs(result) + (roundings > 0 ? kFlushed : 0));
  }
}

void add(const Job& job) {
  binary(job, 1, [](double a, double b) { return a + b; });
}
void sub(const Job& job) {
  binary(job, 1, [](double a, double b) { return a - b; });
}
void mul(const Job& job) {
  binary(job, 1, [](double a, double b) { return a * b; });
}
void div(const Job& job) {
  binary(job, 2, [](double a, double b) { return a / b; });
}
void maximum(const Job& job) {
  binary(job, 0, [](double a, double b) { return std::max(a, b); });
}

void absolute(const Job& job) {
  for (std::size_t i = 0; i < job.in(0).size(); ++i) {
    job.comparison.hold(i, std::abs(double{job.in(0)[i]}), 0);
  }
}

void rsqrt(const Job& job) {
  for (std::size_t i = 0; i < job.in(0).size(); ++i) {
    const double result = 1 / std::sqrt(double{job.in(0)[i]});
    job.comparison.hold(i, result, 2 * kUnit * result + kFlushed);
  }
}

void gelu(const Job& job) {
  constexpr double kRoot = 0.79788456080286535588;  // √(2/π)
  for (std::size_t i = 0; i < job.in(0).size(); ++i) {
    const double x = job.in(0)[i], t = kRoot * (x + 0.044715 * x * x * x), tanh = std::tanh(t);
    const double result = 0.5 * x * (1 + tanh);
    const double inner = 7 * std::abs(t) * (1 - tanh * tanh) + std::abs(tanh) + (1 + tanh);
    job.comparison.hold(i, result,
                        kUnit * (0.5 * std::abs(x) * inner + std::abs(result)) + kFlushed);
  }
}

/// Calls `work` with the number of every row of the first input and its elements.
template <class Work>
void for_each_row(const Job& job, const Work& work) {
  const auto width = static_cast<std::size_t>(job.shape(0).empty() ? 1 : job.shape(0).back());
  for (std::size_t row = 0; width > 0 && row < job.in(0).size() / width; ++row) {
    work(row, job.in(0).subspan(row * width, width));
  }
}

void softmax(const Job& job) {
  const double beta = job.given(job.raw().builtin_options_as_SoftmaxOptions()).beta();
  // The squares of the first order's terms, none of which reaches 2^-6.
  constexpr double kSecondOrders = 1.02;
  std::vector<double> powers;
  for_each_row(job, [&](std::size_t row, std::span<const float> in) {
    const double largest = *std::max_element(in.begin(), in.end());
    powers.clear();
    double sum = 0, errors = 0;
    for (const float x : in) {
      const double distance = beta * (largest - x);
      powers.push_back(std::exp(-distance));
      sum += powers.back();
      errors += powers.back() * kUnit * (1 + distance);
    }
    const double common = errors / sum + 3 * kUnit + static_cast<double>(in.size()) * kSumUnit;
    for (std::size_t i = 0; i < in.size(); ++i) {
      const double own = kUnit * (1 + beta * (largest - in[i])), result = powers[i] / sum;
      // Powers that were flushed are lacking in the sum.
      const double lacking = static_cast<double>(in.size()) * kFlushed / sum;
      job.comparison.hold(row * in.size() + i, result,
                          kSecondOrders * result * (own + common + lacking) + kFlushed);
    }
  });
}

void expect_last_axis(const Job& job) {
  const std::vector<std::int32_t> axes = integers_of(job.one, 1);
  const auto last = static_cast<std::int32_t>(job.shape(0).size()) - 1;
  if (axes.size() != 1 || (axes[0] != last && axes[0] != -1)) job.refuse("the axis");
}

void mean(const Job& job) {
  expect_last_axis(job);
  for_each_row(job, [&](std::size_t row, std::span<const float> in) {
    double sum = 0, size = 0;
    for (const float x : in) sum += x, size += std::abs(x);
    const auto count = static_cast<double>(in.size());
    job.comparison.hold(row, sum / count, (2 * kUnit + count * kSumUnit) * size / count + kFlushed);
  });
}

void reduce_max(const Job& job) {
  expect_last_axis(job);
  for_each_row(job, [&](std::size_t row, std::span<const float> in) {
    job.comparison.hold(row, *std::max_element(in.begin(), in.end()), 0);
  });
}

void fully_connected(const Job& job) {
  const Shape& weight = job.shape(1);
  const auto columns = static_cast<std::size_t>(weight.at(0));
  const auto depth = static_cast<std::size_t>(weight.at(1));
  const std::span<const float> weights = job.in(1), bias = job.in(2);
  Products products{job.in(0).size() / depth, columns, depth, as_doubles(job.in(0)), {}, {}, 0};
  products.right = [=](std::size_t column, double* out) {
    std::copy_n(weights.data() + column * depth, depth, out);
  };
  if (!bias.empty()) products.bias = [bias](std::size_t column) { return double{bias[column]}; };
  compare_products(products, job.comparison);
}

void batch_matmul(const Job& job) {
  const Shape &a = job.shape(0), &output = job.one.output().shape;
  if (a.size() < 2 || a.size() != job.shape(1).size()) job.refuse("the ranks");
  const auto rows = static_cast<std::size_t>(output.end()[-2]);
  const auto columns = static_cast<std::size_t>(output.back());
  const bool turn_a = job.one.op().adj_x, turn_b = job.one.op().adj_y;
  const auto depth = static_cast<std::size_t>(turn_a ? a.end()[-2] : a.back());
  const std::size_t stacks = count_of(output) / (rows * columns);
  for (std::size_t stack = 0; stack < stacks; ++stack) {
    const float* left = job.in(0).data() + stack * rows * depth;
    const float* right = job.in(1).data() + stack * columns * depth;
    Products products{rows, columns, depth, {}, {}, {}, stack * rows * columns};
    products.left.resize(rows * depth);
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t k = 0; k < depth; ++k) {
        products.left[row * depth + k] = turn_a ? left[k * rows + row] : left[row * depth + k];
      }
    }
    products.right = [=](std::size_t column, double* out) {
      for (std::size_t k = 0; k < depth; ++k) {
        out[k] = turn_b ? right[column * depth + k] : right[k * columns + column];
      }
    };
    compare_products(products, job.comparison);
  }
}

void conv_2d(const Job& job) {
  const auto& options = job.given(job.raw().builtin_options_as_Conv2DOptions());
  const Shape &input = job.shape(0), &weight = job.shape(1), &output = job.one.output().shape;
  if (options.padding() != tflite::Padding::valid || options.dilation_h_factor() != 1 ||
      options.dilation_w_factor() != 1 || input.size() != 4 || input[0] != 1) {
    job.refuse("the padding, dilation or batch");
  }
  const auto channels = static_cast<std::size_t>(input[3]);
  const auto piece = static_cast<std::size_t>(weight[2]) * channels;
  const std::size_t depth = static_cast<std::size_t>(weight[1]) * piece;
  const std::span<const float> weights = job.in(1), bias = job.in(2);
  Products products{static_cast<std::size_t>(output[1] * output[2]),
                    static_cast<std::size_t>(weight[0]),
                    depth,
                    {},
                    {},
                    {},
                    0};
  for (std::int64_t y = 0; y < output[1]; ++y) {
    for (std::int64_t x = 0; x < output[2]; ++x) {
      for (std::int64_t line = 0; line < weight[1]; ++line) {
        const std::int64_t place =
            (y * options.stride_h() + line) * input[2] + x * options.stride_w();
        const float* first = job.in(0).data() + static_cast<std::size_t>(place) * channels;
        products.left.insert(products.left.end(), first, first + piece);
      }
    }
  }
  products.right = [=](std::size_t column, double* out) {
    std::copy_n(weights.data() + column * depth, depth, out);
  };
  if (!bias.empty()) products.bias = [bias](std::size_t column) { return double{bias[column]}; };
  compare_products(products, job.comparison);
}

void moved(const Job& job) {
  for_each_moved(job.one, [&](std::size_t to, std::optional<Source> from) {
    job.comparison.hold(to, from ? job.in(from->operand)[from->element] : 0.0F, 0);
  });
}

struct Entry {
  std::int32_t code;
  void (*compare)(const Job& job);
};

constexpr auto kEntries = std::to_array<Entry>({
    {operator_code::add, add},
    {operator_code::sub, sub},
    {operator_code::mul, mul},
    {operator_code::div, div},
    {operator_code::maximum, maximum},
    {operator_code::abs, absolute},
    {operator_code::rsqrt, rsqrt},
    {operator_code::gelu, gelu},
    {operator_code::softmax, softmax},
    {operator_code::mean, mean},
    {operator_code::reduce_max, reduce_max},
    {operator_code::fully_connected, fully_connected},
    {operator_code::batch_matmul, batch_matmul},
    {operator_code::conv_2d, conv_2d},
    {operator_code::reshape, moved},
    {operator_code::transpose, moved},
    {operator_code::slice, moved},
    {operator_code::pad, moved},
    {operator_code::concatenation, moved},
});

const Entry* entry_of(const OperationCase& one) {
  const auto found = std::find_if(kEntries.begin(), kEntries.end(),
                                  [&](const Entry& entry) { return entry.code == one.op().code; });
  return found == kEntries.end() || one.op().composite ? nullptr : &*found;
}

bool is_float(const TfliteTensor& tensor) { return tensor.type == tflite::TensorType::float32; }

}  // namespace

bool has_expectation(const OperationCase& one) {
  if (entry_of(one) == nullptr || one.graph.outputs.size() != 1 || !is_float(one.output()) ||
      one.graph.inputs.empty()) {
    return false;
  }
  return std::all_of(one.op().inputs.begin(), one.op().inputs.end(), [&](std::int32_t index) {
    if (index < 0) return true;
    const TfliteTensor& tensor = one.tensor(index);
    return is_float(tensor) || (tensor.type == tflite::TensorType::int32 && tensor.constant);
  });
}

void compare(const OperationCase& one, const CaseValues& values, Comparison& comparison) {
  entry_of(one)->compare({one, values, comparison});
}

}  // namespace sotto
