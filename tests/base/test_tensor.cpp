#include <cstring>
#include <numeric>
#include <vector>

#include "gtest/gtest.h"

#include "core/base/error.h"
#include "core/base/tensor.h"

namespace sotto {
namespace {

std::vector<float> counted(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.0F);
  return values;
}

TensorView transposed(const TensorView& view) {
  TensorView result = view;
  std::swap(result.shape[0], result.shape[1]);
  std::swap(result.strides[0], result.strides[1]);
  return result;
}

TEST(Shape, CountsAndRefusesOverflow) {
  EXPECT_EQ(num_elements({}), 1);
  EXPECT_EQ(num_elements({2, 0, 5}), 0);
  EXPECT_FALSE(checked_num_elements({-1, 2}));
  EXPECT_FALSE(checked_num_elements({std::int64_t{1} << 40, std::int64_t{1} << 40}));
  EXPECT_EQ(to_string(Shape{1, 80, 3000}), "[1, 80, 3000]");
  EXPECT_EQ(row_major_strides({2, 3, 4}), (Shape{12, 4, 1}));
}

TEST(TensorView, ReadsAnyRangeThroughStrides) {
  const TensorView view = transposed(own_values({3, 4}, counted(12)));
  EXPECT_FALSE(is_dense(view));
  const std::vector<float> all = to_float32(view);
  EXPECT_EQ(all, (std::vector<float>{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}));
  for (std::size_t first = 0; first <= 12; ++first) {
    for (std::size_t count = 0; first + count <= 12; ++count) {
      std::vector<float> part(count);
      read_float32(view, static_cast<std::int64_t>(first), part);
      EXPECT_TRUE(std::equal(part.begin(), part.end(), all.begin() + static_cast<long>(first)));
    }
  }
}

TEST(TensorView, ReadsUnalignedHalves) {
  auto bytes = std::make_shared<std::vector<std::byte>>(7);
  const std::uint16_t halves[3] = {0x3c00, 0xc000, 0x3800};
  std::memcpy(bytes->data() + 1, halves, sizeof halves);
  const TensorView view = dense_view(DType::float16, {3}, bytes->data() + 1, bytes);
  EXPECT_EQ(to_float32(view), (std::vector<float>{1.0F, -2.0F, 0.5F}));
}

TEST(TensorView, SlicesRowsAndKeepsElementsAsTheyAre) {
  const TensorView rows = slice_rows(own_values({4, 3}, counted(12)), 1, 2);
  EXPECT_EQ(to_float32(rows), (std::vector<float>{3, 4, 5, 6, 7, 8}));
  const TensorView view = transposed(rows);
  std::vector<float> raw(4);
  read_elements(view, 1, std::as_writable_bytes(std::span(raw)));
  EXPECT_EQ(raw, (std::vector<float>{6, 4, 7, 5}));
  EXPECT_THROW((void)slice_rows(rows, 1, 2), Error);
}

TEST(TensorView, SpansAllFromItsFirstElementToItsLast) {
  const TensorView table = own_values({4, 3}, counted(12));
  EXPECT_EQ(span_bytes(table), 48U);
  EXPECT_EQ(span_bytes(slice_rows(table, 2, 1)), 12U);
  EXPECT_EQ(span_bytes(slice_rows(transposed(table), 1, 1)), 40U);
  EXPECT_EQ(span_bytes(slice_rows(table, 2, 0)), 0U);
}

TEST(TensorView, RefusesARangeOutsideOfIt) {
  const TensorView view = own_values({2, 2}, counted(4));
  std::vector<float> part(2);
  EXPECT_THROW(read_float32(view, 3, part), Error);
  EXPECT_THROW(read_float32(view, -1, part), Error);
}

TEST(Tensor, IsAlignedAndZeroed) {
  Tensor tensor(DType::float32, {3, 5});
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.data()) % 64, 0U);
  EXPECT_EQ(tensor.floats().size(), 15U);
  for (const float value : tensor.floats()) EXPECT_EQ(value, 0.0F);
  Tensor ids(DType::int64, {2});
  EXPECT_THROW((void)ids.floats(), Error);
}

}  // namespace
}  // namespace sotto
