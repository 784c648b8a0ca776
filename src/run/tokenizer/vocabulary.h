#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// The byte strings of a tiktoken rank file, by rank and by content. docs/formats/vocabulary.md
/// describes the file.
class Vocabulary {
 public:
  /// Parses a whole file; `name` stands for it in error messages. Throws format, with the line
  /// number where there is one, when a line is malformed, a rank or a token comes twice, a rank is
  /// missing, or one of the 256 single bytes is no token (text could not always be encoded).
  [[nodiscard]] static Vocabulary parse(std::span<const std::byte> file, std::string_view name);

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(tokens_.size()); }

  /// The bytes of the token of rank `id`, 0 ≤ id < size(); valid as long as this object.
  [[nodiscard]] std::string_view bytes_of(TokenId id) const;

  /// The rank of the token with exactly these bytes.
  [[nodiscard]] std::optional<TokenId> find(std::string_view bytes) const;

 private:
  struct Slice {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };
  void index_tokens(std::string_view name);
  [[nodiscard]] std::size_t slot_of(std::string_view bytes) const;

  std::vector<char> bytes_;     // all tokens, one after another
  std::vector<Slice> tokens_;   // by rank
  std::vector<TokenId> slots_;  // open-addressed hash table of ranks; its size is a power of two
  std::size_t longest_ = 0;
};

}  // namespace sotto
