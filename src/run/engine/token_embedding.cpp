#include "run/engine/token_embedding.h"

#include <utility>

#include "core/base/error.h"
#include "core/base/mapped_file.h"

namespace sotto {

TokenEmbedding::TokenEmbedding(TensorView table, const std::string& source)
    : table_(std::move(table)) {
  const bool is_float = table_.dtype != DType::int32 && table_.dtype != DType::int64;
  if (table_.shape.size() != 2 || !is_float) {
    fail(ErrorKind::mismatch, source, ": expected a token embedding [n_vocab, width] of floats, ",
         "found ", to_string(table_.dtype), " ", to_string(table_.shape));
  }
}

void TokenEmbedding::look_up(std::span<const TokenId> tokens, std::span<float> rows) const {
  const auto row_size = static_cast<std::size_t>(width());
  if (rows.size() != tokens.size() * row_size) {
    fail(ErrorKind::internal, "embedding lookup of ", tokens.size(), " tokens into ", rows.size(),
         " floats, expected ", tokens.size() * row_size);
  }
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < 0 || tokens[i] >= n_vocab()) {
      fail(ErrorKind::usage, "token ", tokens[i], " is outside of the vocabulary of ", n_vocab());
    }
    read_float32(table_, tokens[i] * width(), rows.subspan(i * row_size, row_size));
  }
  leave_mapped_pages(table_.data, span_bytes(table_));
}

}  // namespace sotto
