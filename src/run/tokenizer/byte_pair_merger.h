#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "run/tokenizer/vocabulary.h"

namespace sotto {

/// Byte-pair encoding of one piece: starting from single bytes, the adjacent pair whose bytes make
/// the token of lowest rank, and of those the leftmost, is joined until no pair makes a token
/// (Sennrich et al. 2016 over bytes, as tiktoken). A heap over a linked list of parts keeps a piece
/// of n bytes at O(n log n). Keeps its memory between pieces.
class BytePairMerger {
 public:
  explicit BytePairMerger(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  /// Appends the tokens of `piece` (not empty) to `out`.
  void encode(std::string_view piece, std::vector<TokenId>& out);

 private:
  /// Bytes [its own index, end) of the piece; a part joined to its left neighbour has end 0.
  struct Part {
    std::size_t end;
    std::size_t previous;
  };
  /// The parts at `left` and after it would make a token of that rank; outdated once one of them
  /// changes.
  struct Pair {
    std::uint32_t rank;
    std::size_t left;
    std::size_t end;
  };
  static bool comes_later(const Pair& a, const Pair& b);
  void offer_pair(std::string_view piece, std::size_t left);
  void join(std::string_view piece, const Pair& pair);

  const Vocabulary& vocabulary_;
  std::vector<Part> parts_;  // by first byte
  std::vector<Pair> heap_;
};

}  // namespace sotto
