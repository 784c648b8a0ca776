#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/archive/zip_reader.h"
#include "core/base/error.h"
#include "core/torchscript/foreign_torchscript.h"
#include "torchscript/attacks.h"

// What is ours, to the byte, and what is not.

namespace sotto::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// What is said of these bytes, as an executable of small_part(); empty for what is ours.
std::string judged(const std::string& bytes, const Graph& graph = small_part()) {
  try {
    return foreign_torchscript(graph, std::as_bytes(std::span(bytes)), "part.pt").value_or("");
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(ForeignTorchscript, TakesWhatTheEmitterWrites) {
  EXPECT_EQ(judged(torchscript_of(small_part())), "");
}

TEST(ForeignTorchscript, TakesOtherValuesOfTheConstants) {
  std::string bytes = torchscript_of(small_part());
  ArchiveEntries entries = entries_of(std::as_bytes(std::span(bytes)));
  entry(entries, "/data/w_weight") = std::string(16, '\xff');
  EXPECT_EQ(judged(archive_of(entries)), "");
}

TEST(ForeignTorchscript, RefusesTheFileOfAnotherGraph) {
  Graph other("Part");
  const ValueId x = other.add_input("x", {1, 4, 2});
  other.add_output(other.add("y", op::Gelu{x}));
  EXPECT_THAT(judged(torchscript_of(other)), HasSubstr("other code at line 3"));
  Graph renamed("Other");
  renamed.add_output(renamed.add("y", op::Gelu{renamed.add_input("x", {1, 4, 2})}));
  EXPECT_EQ(judged(torchscript_of(renamed)), "no Part/code/__torch__.py in it");
}

class ForeignTorchscriptAttack : public testing::TestWithParam<Attack> {};

TEST_P(ForeignTorchscriptAttack, IsFound) {
  const std::string found = judged(GetParam().bytes);
  EXPECT_THAT(found, AllOf(Not(testing::IsEmpty()), HasSubstr(GetParam().found)));
  EXPECT_EQ(found.find('\n'), std::string::npos) << found;
}

std::string name_of(const testing::TestParamInfo<Attack>& tested) { return tested.param.name; }

INSTANTIATE_TEST_SUITE_P(Writing, ForeignTorchscriptAttack,
                         testing::ValuesIn(writing_attacks("PWN")), name_of);
INSTANTIATE_TEST_SUITE_P(Other, ForeignTorchscriptAttack, testing::ValuesIn(other_attacks()),
                         name_of);

/// Where the file may say what it likes: the elements of its buffers.
std::vector<bool> free_bytes(const std::string& archive) {
  std::vector<bool> free(archive.size());
  const ZipReader zip(std::as_bytes(std::span(archive)), "archive");
  for (const ZipEntry& entry : zip.entries()) {
    if (entry.name.find("/data/") == std::string_view::npos) continue;
    const auto content = zip.content(entry);
    const auto first = reinterpret_cast<const char*>(content.data()) - archive.data();
    std::fill_n(free.begin() + first, content.size(), true);
  }
  return free;
}

// A checksum of values is free too, but stands in two places that must agree.
TEST(ForeignTorchscript, NoticesEveryBitButThoseOfTheValues) {
  const std::string own = torchscript_of(small_part());
  const std::vector<bool> free = free_bytes(own);
  for (std::size_t i = 0; i < own.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = own;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      ASSERT_EQ(judged(changed).empty(), free[i]) << "byte " << i << ", bit " << bit;
    }
  }
}

TEST(ForeignTorchscript, NoticesEveryLength) {
  const std::string own = torchscript_of(small_part());
  for (std::size_t i = 0; i < own.size(); ++i) {
    EXPECT_NE(judged(own.substr(0, i)), "") << i;
    EXPECT_NE(judged(std::string(own).insert(i, 1, 'Z')), "") << i;
  }
}

}  // namespace
}  // namespace sotto::test
