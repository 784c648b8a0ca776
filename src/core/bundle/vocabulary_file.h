#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace sotto {

/// Where set-up puts the rank file that a model of this many tokens needs: `gpt2.tiktoken` for
/// 51864 tokens (the English-only models), `multilingual.tiktoken` for all others, in the folder
/// $SOTTO_VOCABULARY_DIR or ${XDG_CACHE_HOME:-~/.cache}/sotto/vocabulary. Throws not_found with a
/// sentence that says how it gets there.
[[nodiscard]] std::filesystem::path vocabulary_path(std::int64_t n_vocab);

/// Throws mismatch, naming `source`, unless `bytes` are the published rank file for a model of this
/// many tokens (by SHA-256).
void check_vocabulary(std::span<const std::byte> bytes, std::int64_t n_vocab,
                      const std::string& source);

/// For a rank file that the user names, such as that of a checkpoint with words of its own: throws
/// mismatch, naming `source`, unless it has the form of one for a model of this many tokens (a line
/// of base64 and rank for each, ranks counting from 0).
void check_vocabulary_form(std::span<const std::byte> bytes, std::int64_t n_vocab,
                           const std::string& source);

}  // namespace sotto
