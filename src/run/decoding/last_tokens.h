#pragma once

#include <cstdint>
#include <vector>

#include "run/decoding/decoder_session.h"

namespace sotto {

/// The slice tokens[-count:] of Python, by which the reference cuts prompts and prefixes: the last
/// `count`, all of them for 0, and all but the first |count| for a negative one.
[[nodiscard]] std::vector<TokenId> last_tokens(const std::vector<TokenId>& tokens,
                                               std::int64_t count);

}  // namespace sotto
