#include "gtest/gtest.h"

#include "model/vocabulary/byte_level.h"
#include "vocabulary/made_tokenizer_files.h"

namespace sotto {
namespace {

TEST(ByteLevel, GivesEachByteForItsCharacter) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    EXPECT_EQ(bytes_of_token(test::spelled(one)), one) << byte;
  }
  EXPECT_EQ(bytes_of_token("Ġhello"), " hello");
  EXPECT_EQ(bytes_of_token("ÃŃ"), "\xC3\xAD");
  EXPECT_EQ(bytes_of_token(""), "");
}

TEST(ByteLevel, RefusesWhatSpellsNoByte) {
  // A space and a tab are spelled by other characters; U+0144 is one past the table's end.
  for (const char* token :
       {" ", "a b", "\t", "\u0144", "\u2581x", "\xC3", "\x80", "\xF0\x9F\x98\x80", "\u00ad"}) {
    EXPECT_EQ(bytes_of_token(token), std::nullopt) << token;
  }
}

}  // namespace
}  // namespace sotto
