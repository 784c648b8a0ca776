#include <cstring>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "archive/zip_bytes.h"
#include "core/archive/npy_reader.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string npy(const std::string& header, const std::string& data, int version = 1) {
  return concat("\x93NUMPY", static_cast<char>(version), '\0',
                little_endian(header.size(), version == 1 ? 2 : 4), header, data);
}

std::string header(const std::string& descr, const std::string& shape,
                   const std::string& fortran = "False") {
  return concat("{'descr': '", descr, "', 'fortran_order': ", fortran, ", 'shape': ", shape,
                ", }\n");
}

std::string floats(std::initializer_list<float> values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.begin(), bytes.size());
  return bytes;
}

TensorView parse(const std::string& bytes) { return parse_npy(bytes_of(bytes), "x.npy", nullptr); }

std::string refusal(ErrorKind kind, const std::string& bytes) {
  return expect_error(kind, "x.npy: ", [&] { (void)parse(bytes); });
}

TEST(NpyReader, ReadsEveryVersion) {
  for (const int version : {1, 2, 3}) {
    const std::string bytes = npy(header("<f4", "(2, 3)"), floats({1, 2, 3, 4, 5, 6}), version);
    const TensorView view = parse(bytes);
    EXPECT_EQ(view.dtype, DType::float32);
    EXPECT_THAT(view.shape, ElementsAre(2, 3));
    EXPECT_THAT(to_float32(view), ElementsAre(1, 2, 3, 4, 5, 6));
  }
}

TEST(NpyReader, ReadsAnySpellingOfTheHeader) {
  const std::string bytes =
      npy("{ \"shape\":(2,) ,'fortran_order':True,'descr':\"<f4\"}   \n", floats({1, 2}));
  EXPECT_THAT(parse(bytes).shape, ElementsAre(2));
  EXPECT_TRUE(parse(npy(header("<f4", "()"), floats({1}))).shape.empty());
}

TEST(NpyReader, ReadsTheElementTypes) {
  EXPECT_EQ(parse(npy(header("<f2", "(4,)"), std::string(8, '\0'))).dtype, DType::float16);
  EXPECT_EQ(parse(npy(header("<i4", "(2,)"), std::string(8, '\0'))).dtype, DType::int32);
  EXPECT_EQ(parse(npy(header("<i8", "(1,)"), std::string(8, '\0'))).dtype, DType::int64);
}

TEST(NpyReader, KeepsTheMappingAlive) {
  const TempFolder folder;
  const auto path = folder / "x.npy";
  const std::string bytes = npy(header("<f4", "(2,)"), floats({3, 4}));
  std::ofstream(path, std::ios::binary) << bytes;
  const TensorView view = read_npy(path);
  std::filesystem::remove(path);
  EXPECT_THAT(to_float32(view), ElementsAre(3, 4));
  expect_error(ErrorKind::not_found, path.string(), [&] { (void)read_npy(path); });
}

TEST(NpyReader, RefusesEveryTruncation) {
  const std::string bytes = npy(header("<f4", "(2, 3)"), floats({1, 2, 3, 4, 5, 6}));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    refusal(ErrorKind::format, bytes.substr(0, size));
  }
  refusal(ErrorKind::format, bytes + "x");
}

TEST(NpyReader, NamesWhatItCannotTake) {
  EXPECT_THAT(refusal(ErrorKind::unsupported, npy(header(">f4", "(1,)"), "abcd")),
              HasSubstr(">f4"));
  EXPECT_THAT(refusal(ErrorKind::unsupported, npy(header("|O", "(1,)"), "abcd")), HasSubstr("|O"));
  EXPECT_THAT(refusal(ErrorKind::unsupported, npy(header("<f4", "(1, 2)", "True"), "abcdefgh")),
              HasSubstr("Fortran"));
  EXPECT_THAT(refusal(ErrorKind::unsupported, npy(header("<f4", "(1,)"), "abcd", 4)),
              HasSubstr("found 4"));
  EXPECT_THAT(refusal(ErrorKind::format, npy(header("<f4", "(3,)"), "abcd")),
              HasSubstr("float32 elements of shape [3], found 4 bytes"));
  EXPECT_THAT(refusal(ErrorKind::format, "hello, world"), HasSubstr("NumPy"));
}

TEST(NpyReader, RefusesMalformedHeaders) {
  for (const char* text :
       {"", "{", "}", "{'descr'}", "{'descr': '<f4'}",
        "{'descr': <f4, 'fortran_order': False, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': false, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': ()} more"}) {
    refusal(ErrorKind::format, npy(text, "abcd"));
  }
}

}  // namespace
}  // namespace sotto::test
