#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// The words of a rank file, by id and by content. docs/formats/vocabulary.md describes the file:
/// tiktoken's, whose lines may stand in another order than their numbers. The number is the token's
/// id; which pair is joined first, the order of the lines says.
class Vocabulary {
 public:
  /// Parses a whole file; `name` stands for it in error messages. Throws format, with the line
  /// number where there is one, when a line is malformed, an id or a token comes twice, an id is
  /// missing, or one of the 256 single bytes is no token (text could not always be encoded).
  [[nodiscard]] static Vocabulary parse(std::span<const std::byte> file, std::string_view name);

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(tokens_.size()); }

  /// The bytes of the token `id`, 0 ≤ id < size(); valid as long as this object.
  [[nodiscard]] std::string_view bytes_of(TokenId id) const;

  /// The token with exactly these bytes.
  [[nodiscard]] std::optional<TokenId> find(std::string_view bytes) const;

  /// The line that a token stands on, from 0: of two pairs the one whose token stands first is
  /// joined first.
  [[nodiscard]] std::uint32_t rank_of(TokenId id) const {
    return tokens_[static_cast<std::size_t>(id)].rank;
  }

 private:
  struct Slice {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
    std::uint32_t rank = 0;
  };
  void index_tokens(std::string_view name);
  [[nodiscard]] std::size_t slot_of(std::string_view bytes) const;

  std::vector<char> bytes_;     // all tokens, one after another
  std::vector<Slice> tokens_;   // by id
  std::vector<TokenId> slots_;  // open-addressed hash table of ids; its size is a power of two
  std::size_t longest_ = 0;
};

}  // namespace sotto
