#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sotto {

/// What a folder's tokenizer says: tokens as it spells them, and in which order pairs are joined.
struct TokenList {
  std::string source;                                       ///< the file, for messages
  std::map<std::int64_t, std::string> tokens;               ///< spelled byte-level, by id
  std::map<std::int64_t, std::string> added;                ///< spelled as they are, by id
  std::vector<std::pair<std::string, std::string>> merges;  ///< pairs, the first to be joined first
  bool has_merges = true;  ///< CTranslate2's list has none: its order stands for theirs

  /// The id of a token by its spelling, added ones first.
  [[nodiscard]] std::optional<std::int64_t> find(std::string_view spelling) const;
};

/// The tokenizer of a folder: tokenizer.json, else vocab.json with merges.txt (and what
/// added_tokens.json adds), else CTranslate2's vocabulary.json or vocabulary.txt; nullopt where
/// there is none of them. Throws format when one is malformed, unsupported, with the reason, when
/// it is no byte-level BPE (another model, normalizer, or splitting of words than GPT-2's).
[[nodiscard]] std::optional<TokenList> read_token_list(const std::filesystem::path& folder);

}  // namespace sotto
