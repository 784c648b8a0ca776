#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/base/tensor.h"
#include "run/decoding/decoder_session.h"

namespace sotto {

/// The decoder's first layer, looked up on the CPU (NPUs have no gather): one row per token. Rows
/// stay in the mapped file in whatever float type they have until they are asked for, and are let
/// go of again, so that memory does not grow with the number of different tokens.
class TokenEmbedding {
 public:
  /// `table` is [n_vocab, width] of a float type. Throws mismatch otherwise, naming `source`.
  TokenEmbedding(TensorView table, const std::string& source);

  [[nodiscard]] std::int64_t n_vocab() const { return table_.shape[0]; }
  [[nodiscard]] std::int64_t width() const { return table_.shape[1]; }

  /// Writes the rows of `tokens`, one after the other, as float32; rows.size() is
  /// tokens.size() · width(). Throws usage for a token outside of the table.
  void look_up(std::span<const TokenId> tokens, std::span<float> rows) const;

 private:
  TensorView table_;
};

}  // namespace sotto
