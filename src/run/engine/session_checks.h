#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "run/tokenizer/token_id.h"

// What sessions hold their callers to, whatever decodes: usage for what a user may ask for and the
// model cannot do, internal for what a loop gets wrong.

namespace sotto {

/// Throws usage for a sequence that does not fit the decoder's context.
void check_room(std::size_t length, std::int64_t context);

/// Throws usage for tokens that a model of so many has not.
void check_tokens(std::span<const TokenId> tokens, std::int64_t n_vocab);

/// Throws internal for positions that a prefill of so many tokens has not, or out of order.
void check_positions(std::span<const std::size_t> positions, std::size_t count);

/// What is fed as the only row of a window: all of the above, and internal where there is nothing.
struct FedTokens {
  std::span<const TokenId> tokens;
  std::span<const std::size_t> positions;
};
void check_prefill(const FedTokens& fed, std::int64_t context, std::int64_t n_vocab);

/// Throws internal for rows that there are not, and where none is to be kept.
void check_sources(std::span<const std::size_t> sources, std::size_t rows);

}  // namespace sotto
