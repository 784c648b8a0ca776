#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "run/tokenizer/token_id.h"

namespace sotto {

/// What a kind of decoder has to do for DecoderSession, once CheckedSession has found what it is
/// given to be as the contract there says. What a call returns is valid until the next call.
class UncheckedSession {
 public:
  virtual ~UncheckedSession() = default;
  UncheckedSession() = default;
  UncheckedSession(const UncheckedSession&) = delete;
  UncheckedSession& operator=(const UncheckedSession&) = delete;

  [[nodiscard]] virtual std::int64_t context() const = 0;
  virtual std::span<const float> prefill(std::span<const TokenId> tokens,
                                         std::span<const std::size_t> positions) = 0;
  virtual void reorder(std::span<const std::size_t> sources) = 0;
  virtual std::span<const float> step(std::span<const TokenId> tokens) = 0;
};

}  // namespace sotto
