#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <set>

#include "run/tokenizer/byte_pair_merger.h"
#include "tokenizer/rank_file.h"

namespace sotto::test {
namespace {

using Tokens = std::vector<TokenId>;

Tokens encoded(const Vocabulary& vocabulary, const std::string& piece) {
  Tokens tokens;
  BytePairMerger(vocabulary).encode(piece, tokens);
  return tokens;
}

/// The definition, one pass over all pairs for each that is joined.
Tokens encoded_by_definition(const Vocabulary& vocabulary, const std::string& piece) {
  if (const auto whole = vocabulary.find(piece)) return {*whole};
  std::vector<std::string> parts;
  for (const char c : piece) parts.emplace_back(1, c);
  for (;;) {
    std::size_t best = parts.size();
    TokenId lowest = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto rank = vocabulary.find(parts[i] + parts[i + 1]);
      if (!rank || (best < parts.size() && *rank >= lowest)) continue;
      best = i;
      lowest = *rank;
    }
    if (best == parts.size()) break;
    parts[best] += parts[best + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
  Tokens tokens;
  for (const std::string& part : parts) tokens.push_back(*vocabulary.find(part));
  return tokens;
}

TEST(BytePairMerger, JoinsTheLowestRankFirstAndOfThoseTheLeftmost) {
  const std::string file = rank_file(byte_tokens({"bc", "ab", "aa", "aaaa"}));
  const Vocabulary vocabulary = Vocabulary::parse(bytes_of(file), "v");
  EXPECT_EQ(encoded(vocabulary, "abc"), (Tokens{'a', 256}));
  EXPECT_EQ(encoded(vocabulary, "aaa"), (Tokens{258, 'a'}));
  EXPECT_EQ(encoded(vocabulary, "aaaaaaa"), (Tokens{259, 258, 'a'}));
  EXPECT_EQ(encoded(vocabulary, "aaaa"), (Tokens{259}));
}

TEST(BytePairMerger, AWholePieceNeedsNoPairsThatLeadToIt) {
  const std::string file = rank_file(byte_tokens({"xyz"}));
  const Vocabulary vocabulary = Vocabulary::parse(bytes_of(file), "v");
  EXPECT_EQ(encoded(vocabulary, "xyz"), (Tokens{256}));
  EXPECT_EQ(encoded(vocabulary, "xyzx"), (Tokens{'x', 'y', 'z', 'x'}));
}

TEST(BytePairMerger, IsItsDefinitionOnRandomVocabularies) {
  std::mt19937 random(11);
  const auto below = [&](std::size_t n) {
    return static_cast<std::size_t>(std::uniform_int_distribution<std::size_t>(0, n - 1)(random));
  };
  for (int round = 0; round < 60; ++round) {
    std::vector<std::string> grown{"a", "b", "c"};
    std::set<std::string> known(grown.begin(), grown.end());
    while (grown.size() < 40) {
      const std::string joined = grown[below(grown.size())] + grown[below(grown.size())];
      if (known.insert(joined).second) grown.push_back(joined);
    }
    std::vector<std::string> more(grown.begin() + 3, grown.end());
    std::shuffle(more.begin(), more.end(), random);
    const std::string file = rank_file(byte_tokens(more));
    const Vocabulary vocabulary = Vocabulary::parse(bytes_of(file), "v");
    for (int k = 0; k < 20; ++k) {
      std::string piece;
      for (std::size_t i = 1 + below(60); i > 0; --i) piece += static_cast<char>('a' + below(3));
      EXPECT_EQ(encoded(vocabulary, piece), encoded_by_definition(vocabulary, piece)) << piece;
    }
  }
}

TEST(BytePairMerger, ALongPieceTakesNoQuadraticTime) {
  const std::string file = rank_file(byte_tokens({"aa", "aaaa", "aaaaaaaa"}));
  const Vocabulary vocabulary = Vocabulary::parse(bytes_of(file), "v");
  const Tokens tokens = encoded(vocabulary, std::string(2'000'000, 'a'));
  EXPECT_EQ(tokens, Tokens(250'000, 258));
}

}  // namespace
}  // namespace sotto::test
