#include "run/tokenizer/byte_pair_merger.h"

#include <algorithm>
#include <optional>

namespace sotto {

void BytePairMerger::encode(std::string_view piece, std::vector<TokenId>& out) {
  if (const std::optional<TokenId> whole = vocabulary_.find(piece)) {
    out.push_back(*whole);
    return;
  }
  parts_.resize(piece.size());
  for (std::size_t i = 0; i < piece.size(); ++i) parts_[i] = {i + 1, i == 0 ? 0 : i - 1};
  heap_.clear();
  for (std::size_t i = 0; i < piece.size(); ++i) offer_pair(piece, i);
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), comes_later);
    const Pair pair = heap_.back();
    heap_.pop_back();
    const std::size_t middle = parts_[pair.left].end;
    const bool outdated = middle == 0 || middle >= pair.end || parts_[middle].end != pair.end;
    if (!outdated) join(piece, pair);
  }
  for (std::size_t i = 0; i < piece.size(); i = parts_[i].end) {
    out.push_back(*vocabulary_.find(piece.substr(i, parts_[i].end - i)));
  }
}

bool BytePairMerger::comes_later(const Pair& a, const Pair& b) {
  return a.rank != b.rank ? a.rank > b.rank : a.left > b.left;
}

void BytePairMerger::offer_pair(std::string_view piece, std::size_t left) {
  const std::size_t middle = parts_[left].end;
  if (middle == piece.size()) return;
  const std::size_t end = parts_[middle].end;
  const std::optional<TokenId> token = vocabulary_.find(piece.substr(left, end - left));
  if (!token) return;
  heap_.push_back({vocabulary_.rank_of(*token), left, end});
  std::push_heap(heap_.begin(), heap_.end(), comes_later);
}

void BytePairMerger::join(std::string_view piece, const Pair& pair) {
  const std::size_t middle = parts_[pair.left].end;
  parts_[pair.left].end = pair.end;
  parts_[middle].end = 0;
  if (pair.end < piece.size()) parts_[pair.end].previous = pair.left;
  offer_pair(piece, pair.left);
  if (pair.left > 0) offer_pair(piece, parts_[pair.left].previous);
}

}  // namespace sotto
