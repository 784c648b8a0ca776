#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "model/vocabulary/token_list.h"

namespace sotto {

struct RankText {
  std::string text;
  /// How many merges make no token of the list: where words were changed without them. They concern
  /// text that is encoded alone.
  std::size_t lost_merges = 0;
};

/// The rank file (docs/formats/vocabulary.md) of the tokens with ids 0 to words − 1. Its lines
/// stand in the order of the ids where pairs are joined in it too, as in OpenAI's, whose file it
/// then is to the byte; else in that of the joins. Merges that make no token are left out. Throws,
/// naming the list's source, format when an id has no token, unsupported when a token is not
/// spelled byte-level, or one of the 256 bytes has no token of its own.
[[nodiscard]] RankText rank_text(const TokenList& list, std::int64_t words);

}  // namespace sotto
