#include "run/decoding/last_tokens.h"

#include <algorithm>

namespace sotto {

std::vector<TokenId> last_tokens(const std::vector<TokenId>& tokens, std::int64_t count) {
  const auto size = static_cast<std::int64_t>(tokens.size());
  const std::int64_t first =
      count > 0 ? std::max<std::int64_t>(size - count, 0) : std::min(-count, size);
  return {tokens.begin() + first, tokens.end()};
}

}  // namespace sotto
