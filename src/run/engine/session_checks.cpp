#include "run/engine/session_checks.h"

#include "core/base/error.h"

namespace sotto {

void check_room(std::size_t length, std::int64_t context) {
  if (length <= static_cast<std::size_t>(context)) return;
  fail(ErrorKind::usage, "a sequence of ", length, " tokens does not fit the decoder's context of ",
       context);
}

void check_tokens(std::span<const TokenId> tokens, std::int64_t n_vocab) {
  for (const TokenId token : tokens) {
    if (token >= 0 && token < n_vocab) continue;
    fail(ErrorKind::usage, "expected tokens from 0 to ", n_vocab - 1, ", found ", token);
  }
}

void check_positions(std::span<const std::size_t> positions, std::size_t count) {
  std::size_t before = 0;
  for (const std::size_t position : positions) {
    if (position >= count) {
      fail(ErrorKind::internal, "logits after token ", position, " of ", count);
    }
    if (position < before) {
      fail(ErrorKind::internal, "logits after token ", position, " behind those after ", before);
    }
    before = position;
  }
}

void check_prefill(const FedTokens& fed, std::int64_t context, std::int64_t n_vocab) {
  if (fed.tokens.empty()) fail(ErrorKind::internal, "prefill of no tokens");
  check_room(fed.tokens.size(), context);
  check_tokens(fed.tokens, n_vocab);
  check_positions(fed.positions, fed.tokens.size());
}

void check_sources(std::span<const std::size_t> sources, std::size_t rows) {
  if (sources.empty()) fail(ErrorKind::internal, "no row was to be kept");
  for (const std::size_t source : sources) {
    if (source < rows) continue;
    fail(ErrorKind::internal, "row ", source, " of ", rows, " was to be kept");
  }
}

}  // namespace sotto
