#include "gtest/gtest.h"

#include "compile/emitters/npy/npy_writer.h"
#include "core/archive/npy_reader.h"
#include "core/base/error.h"
#include "support/files.h"
#include "support/temp_folder.h"
#include "support/text_sink.h"

namespace sotto {
namespace {

TEST(NpyWriter, WritesTheHeaderThatNumpyWrites) {
  test::TextSink sink;
  write_npy(own_values({2, 3}, {1, 2, 3, 4, 5, 6}), sink);
  const std::string description = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  const std::string header = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + description +
                             std::string(118 - description.size() - 1, ' ') + "\n";
  ASSERT_EQ(header.size(), 128U);
  EXPECT_EQ(sink.text.substr(0, 128), header);
  EXPECT_EQ(sink.text.size(), 128U + 6 * sizeof(float));
}

TEST(NpyWriter, GivesBackValuesOfAnyLength) {
  const test::TempFolder folder;
  for (const std::int64_t rows : {1, 7, 300000}) {
    std::vector<float> values(static_cast<std::size_t>(rows) * 3);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 7;
    test::TextSink sink;
    write_npy(own_values({rows, 3}, values), sink);
    test::write_file(folder / "a.npy", sink.text);
    const TensorView read = read_npy(folder / "a.npy");
    EXPECT_EQ(read.shape, (Shape{rows, 3}));
    EXPECT_EQ(to_float32(read), values);
  }
}

TEST(NpyWriter, RoundsToHalfPrecisionWhereAsked) {
  const test::TempFolder folder;
  test::TextSink sink;
  write_npy(own_values({2, 2}, {1, 0.1F, -65504, 2049}), sink, DType::float16);
  test::write_file(folder / "a.npy", sink.text);
  const TensorView read = read_npy(folder / "a.npy");
  EXPECT_EQ(read.dtype, DType::float16);
  EXPECT_EQ(to_float32(read), (std::vector<float>{1, 0.0999755859375F, -65504, 2048}));
}

TEST(NpyWriter, WritesVectorsAndEmptyTables) {
  test::TextSink vector;
  write_npy(own_values({2}, {1, 2}), vector);
  EXPECT_NE(vector.text.find("'shape': (2,), }"), std::string::npos);
  test::TextSink empty;
  write_npy(own_values({0, 4}, {}), empty);
  EXPECT_EQ(empty.text.size() % 64, 0U);
}

TEST(NpyWriter, RefusesIntegers) {
  test::TextSink sink;
  EXPECT_THROW(write_npy(dense_view(DType::int64, {0}, nullptr, nullptr), sink), Error);
}

}  // namespace
}  // namespace sotto
