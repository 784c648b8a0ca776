#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/bundle/vocabulary_layout.h"

namespace sotto {

/// Where set-up puts the published rank file of so many words: `gpt2.tiktoken` for kEnglishWords,
/// `multilingual.tiktoken` for all others, in the folder $SOTTO_VOCABULARY_DIR or
/// ${XDG_CACHE_HOME:-~/.cache}/sotto/vocabulary. Throws not_found with a sentence that says how it
/// gets there.
[[nodiscard]] std::filesystem::path vocabulary_path(std::int64_t words);

/// Throws mismatch, naming `source`, unless `bytes` are the published rank file of so many words
/// (by SHA-256).
void check_vocabulary(std::span<const std::byte> bytes, std::int64_t words,
                      const std::string& source);

/// For a rank file that the user names, such as that of a checkpoint with words of its own: how
/// many words it has. Throws mismatch, naming `source`, unless it has the form of one: a line of
/// base64 and id for each word, every id below their number once, in any order.
[[nodiscard]] std::int64_t count_words(std::span<const std::byte> bytes, const std::string& source);

/// The words of a model, as a rank file, and where its tokens stand.
struct RankFile {
  std::shared_ptr<const void> owner;  ///< of the bytes
  std::span<const std::byte> bytes;
  std::string source;  ///< for messages
  VocabularyLayout layout;
};

/// The whole of a file, mapped, which nobody has looked at.
[[nodiscard]] RankFile map_rank_file(const std::filesystem::path& path,
                                     const VocabularyLayout& layout);

/// The rank file of a model with so many rows in its token embedding, and with `own` layout where
/// that is known. Throws mismatch, naming the file, when it is none or of other words.
[[nodiscard]] RankFile read_rank_file(const std::filesystem::path& path, std::int64_t n_vocab,
                                      const std::optional<VocabularyLayout>& own);

}  // namespace sotto
