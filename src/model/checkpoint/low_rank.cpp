#include "model/checkpoint/low_rank.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>

#include "core/base/error.h"
#include "core/base/float16.h"

namespace sotto {
namespace {

constexpr std::int64_t kBlock = 1 << 14;  // elements converted at a time

template <class Element, class Round>
void write_as(std::span<const float> values, std::byte* target, Round round) {
  for (const float value : values) {
    const Element element = round(value);
    std::memcpy(target, &element, sizeof element);
    target += sizeof element;
  }
}

void write_rounded(std::span<const float> values, DType dtype, std::byte* target) {
  switch (dtype) {
    case DType::float32:
      std::memcpy(target, values.data(), values.size_bytes());
      return;
    case DType::float16:
      return write_as<std::uint16_t>(values, target, float32_to_float16);
    case DType::bfloat16:
      return write_as<std::uint16_t>(values, target, float32_to_bfloat16);
    case DType::int32:
    case DType::int64:
      break;
  }
  fail(ErrorKind::internal, "float32 was to be rounded to ", to_string(dtype));
}

/// Adds one row of a product to `row`; `sum` is as long.
void add_row(const LowRankProduct& product, std::int64_t index, std::vector<float>& sum,
             std::vector<float>& row) {
  std::fill(sum.begin(), sum.end(), 0.0F);
  const auto rank = static_cast<std::size_t>(product.rank);
  const float* left = product.left.data() + static_cast<std::size_t>(index) * rank;
  const float* right = product.right.data();
  const std::size_t columns = row.size();
  for (std::size_t k = 0; k < rank; ++k, right += columns) {
    const float weight = left[k];
    for (std::size_t i = 0; i < columns; ++i) sum[i] += weight * right[i];
  }
  for (std::size_t i = 0; i < columns; ++i) row[i] += product.factor * sum[i];
}

TensorView owned(const std::shared_ptr<const Tensor>& tensor) {
  return dense_view(tensor->dtype(), tensor->shape(), tensor->data(), tensor);
}

/// Calls visit(first, values) for blocks of the elements in their order.
template <class Visit>
void for_each_block(const TensorView& view, Visit visit) {
  const std::int64_t count = num_elements(view.shape);
  std::vector<float> block(static_cast<std::size_t>(std::min(kBlock, count)));
  for (std::int64_t first = 0; first < count; first += kBlock) {
    const auto size = static_cast<std::size_t>(std::min(kBlock, count - first));
    const std::span values = std::span(block).first(size);
    read_float32(view, first, values);
    visit(first, values);
  }
}

}  // namespace

TensorView add_products(const TensorView& base, const std::vector<LowRankProduct>& products) {
  auto result = std::make_shared<Tensor>(base.dtype, base.shape);
  const std::int64_t rows = base.shape.front();
  const std::int64_t columns = num_elements(base.shape) / rows;
  const auto row_bytes = static_cast<std::size_t>(columns) * size_of(base.dtype);
  std::vector<float> row(static_cast<std::size_t>(columns));
  std::vector<float> sum(row.size());
  for (std::int64_t index = 0; index < rows; ++index) {
    read_float32(base, index * columns, row);
    for (const LowRankProduct& product : products) add_row(product, index, sum, row);
    write_rounded(row, base.dtype, result->data() + static_cast<std::size_t>(index) * row_bytes);
  }
  return owned(result);
}

TensorView as_type(const TensorView& view, DType dtype) {
  auto result = std::make_shared<Tensor>(dtype, view.shape);
  for_each_block(view, [&](std::int64_t first, std::span<const float> values) {
    write_rounded(values, dtype, result->data() + static_cast<std::size_t>(first) * size_of(dtype));
  });
  return owned(result);
}

bool is_finite(const TensorView& view) {
  bool all = true;
  for_each_block(view, [&](std::int64_t /*first*/, std::span<const float> values) {
    all = all && std::all_of(values.begin(), values.end(),
                             [](float value) { return std::isfinite(value); });
  });
  return all;
}

}  // namespace sotto
