#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "core/archive/npy_reader.h"
#include "core/archive/npy_writer.h"
#include "core/base/error.h"
#include "core/base/float16.h"
#include "run/engine/token_embedding.h"
#include "support/temp_folder.h"

namespace sotto {
namespace {

using testing::ElementsAre;

std::vector<float> rows_of(const TokenEmbedding& embedding, const std::vector<TokenId>& tokens) {
  std::vector<float> rows(tokens.size() * static_cast<std::size_t>(embedding.width()));
  embedding.look_up(tokens, rows);
  return rows;
}

/// A float16 table of `values`, as a checkpoint keeps it.
TensorView half_table(Shape shape, const std::vector<float>& values) {
  auto bits = std::make_shared<std::vector<std::uint16_t>>();
  for (const float value : values) bits->push_back(float32_to_float16(value));
  return dense_view(DType::float16, std::move(shape),
                    reinterpret_cast<const std::byte*>(bits->data()), bits);
}

TEST(TokenEmbedding, LooksUpRowsInTheOrderOfTheTokens) {
  const TokenEmbedding embedding(own_values({3, 2}, {0, 1, 10, 11, 20, 21}), "table");
  EXPECT_EQ(embedding.n_vocab(), 3);
  EXPECT_EQ(embedding.width(), 2);
  EXPECT_THAT(rows_of(embedding, {2, 0, 2}), ElementsAre(20, 21, 0, 1, 20, 21));
}

TEST(TokenEmbedding, WidensFloat16RowByRow) {
  const TokenEmbedding embedding(half_table({2, 3}, {0.5F, -2, 65504, 1, 0.1F, -0.0F}), "table");
  EXPECT_THAT(rows_of(embedding, {0}), ElementsAre(0.5F, -2, 65504));
  // 0.1 is not a float16: the nearest one comes out.
  EXPECT_THAT(rows_of(embedding, {1}), ElementsAre(1, 0.0999755859375F, -0.0F));
}

TEST(TokenEmbedding, ReadsItsRowsFromAMappedFile) {
  const test::TempFolder folder;
  write_npy(folder / "rows.npy", {4, 2}, std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7});
  const TokenEmbedding embedding(read_npy(folder / "rows.npy"), "rows.npy");
  EXPECT_THAT(rows_of(embedding, {3, 1}), ElementsAre(6, 7, 2, 3));
}

/// Kilobytes of a file's mappings that are in memory for this process; -1 where it has none.
int resident_of(const std::string& path) {
  std::ifstream maps("/proc/self/smaps");
  int resident = -1;
  bool is_it = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find('-') < line.find(' ')) is_it = line.ends_with(path);  // a mapping's range
    if (is_it && line.starts_with("Rss:")) {
      resident = std::max(resident, 0) + std::stoi(line.substr(line.find(':') + 1));
    }
  }
  return resident;
}

TEST(TokenEmbedding, HoldsNoPagesOfItsFile) {
  const test::TempFolder folder;
  constexpr std::size_t kTokens = 1024, kWidth = 1024;
  std::vector<float> values(kTokens * kWidth);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  write_npy(folder / "rows.npy", {kTokens, kWidth}, values);
  const TokenEmbedding embedding(read_npy(folder / "rows.npy"), "rows.npy");
  const std::string path = (folder / "rows.npy").string();
  for (TokenId token = 0; token < TokenId{kTokens}; token += 7) {
    EXPECT_EQ(rows_of(embedding, {token}).front(),
              values[static_cast<std::size_t>(token) * kWidth]);
  }
  constexpr int kPageOfTheHeader = 4, kLastPage = 4;
  EXPECT_GE(resident_of(path), 0);
  EXPECT_LE(resident_of(path), kPageOfTheHeader + kLastPage);
}

TEST(TokenEmbedding, RefusesATokenOutsideOfTheTable) {
  const TokenEmbedding embedding(own_values({2, 2}, {0, 1, 2, 3}), "table");
  EXPECT_THROW(rows_of(embedding, {2}), Error);
  EXPECT_THROW(rows_of(embedding, {-1}), Error);
}

TEST(TokenEmbedding, RefusesWhatIsNoTable) {
  EXPECT_THROW(TokenEmbedding(own_values({4}, {0, 1, 2, 3}), "table"), Error);
  const std::array<std::int32_t, 4> numbers{};
  const auto* bytes = reinterpret_cast<const std::byte*>(numbers.data());
  EXPECT_THROW(TokenEmbedding(dense_view(DType::int32, {2, 2}, bytes, nullptr), "table"), Error);
}

}  // namespace
}  // namespace sotto
