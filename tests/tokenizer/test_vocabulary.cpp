#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "run/tokenizer/vocabulary.h"
#include "support/expect_error.h"
#include "tokenizer/rank_file.h"

namespace sotto::test {
namespace {

void expect_refusal(const std::string& file, const std::string& part) {
  const std::string sentence = expect_error(ErrorKind::format, "v.tiktoken: ", [&] {
    static_cast<void>(Vocabulary::parse(bytes_of(file), "v.tiktoken"));
  });
  EXPECT_THAT(sentence, ::testing::HasSubstr(part));
}

TEST(Vocabulary, FindsTokensByRankAndByBytes) {
  const std::vector<std::string> tokens = byte_tokens({"ab", "abc", "\xE4\xBD\xA0", "", "    "});
  const Vocabulary vocabulary = Vocabulary::parse(bytes_of(rank_file(tokens)), "v");
  ASSERT_EQ(vocabulary.size(), static_cast<std::int64_t>(tokens.size()));
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    EXPECT_EQ(vocabulary.bytes_of(static_cast<TokenId>(id)), tokens[id]);
    EXPECT_EQ(vocabulary.find(tokens[id]), static_cast<TokenId>(id));
  }
  for (const std::string absent : {"ba", "abcd", "a much longer one than there is"}) {
    EXPECT_EQ(vocabulary.find(absent), std::nullopt);
  }
}

TEST(Vocabulary, RanksMayComeInAnyOrderAndTheLastLineFeedMayBeMissing) {
  std::string file = "YWI= 256\n" + rank_file(byte_tokens({}));
  file.pop_back();
  EXPECT_EQ(Vocabulary::parse(bytes_of(file), "v").find("ab"), 256);
}

TEST(Vocabulary, RefusesMalformedLines) {
  const std::string bytes = rank_file(byte_tokens({}));
  for (const std::string line :
       {"YWI=", "YWI= ", " 256", "YWI=  256", "YWI= 256 ", "YWI= -1", "YWI= 0x1", "YWI= 256\r",
        "YW!= 256", "YWJjZ 256", "Y=WI 256", "YWI=== 256", "YWI= 99999999999999999999", ""}) {
    expect_refusal(bytes + line + "\n", "line 257: expected a base64 token");
  }
}

TEST(Vocabulary, RefusesRanksAndTokensThatDoNotFit) {
  const std::string bytes = rank_file(byte_tokens({}));
  expect_refusal(bytes + "YWI= 257\n", "line 257: expected each id below 257 once, found 257");
  expect_refusal(bytes + "YWI= 255\n", "found 255 again");
  expect_refusal(bytes + "YQ== 256\n", "found the same for the ids 97 and 256");
}

TEST(Vocabulary, RefusesFilesWithoutEverySingleByte) {
  expect_refusal("", "found none for byte 0 among 0 tokens");
  std::vector<std::string> tokens = byte_tokens({});
  tokens.pop_back();
  expect_refusal(rank_file(tokens), "found none for byte 255");
}

TEST(Vocabulary, RefusesBinaryDataAndHugeFiles) {
  expect_refusal(std::string("PK\x03\x04\0\0", 6), "line 1");
  expect_refusal(std::string((16U << 20) + 1, '\n'), "at most");
}

}  // namespace
}  // namespace sotto::test
