#pragma once

#include <cstdint>
#include <optional>

namespace sotto {

/// Where the tokens of a Whisper model stand: the words from 0 on, then the end and the start of
/// text, the languages, six tokens of tasks and their like, and 1501 timestamps from 0 to 30 s.
struct VocabularyLayout {
  std::int64_t words = 0;      ///< ids 0 to words − 1
  std::int64_t languages = 0;  ///< whose tokens exist, used or not
  bool multilingual = true;    ///< whether a prompt names language and task
  bool operator==(const VocabularyLayout&) const = default;
};

inline constexpr std::int64_t kEnglishWords = 50256;       ///< of the English-only models
inline constexpr std::int64_t kMultilingualWords = 50257;  ///< of all other published ones
inline constexpr std::int64_t kMostLanguages = 100;        ///< that Whisper has names for

/// How many tokens a layout has: the rows of the embedding that it needs.
[[nodiscard]] std::int64_t rows_of(const VocabularyLayout& layout);

/// The layout of the published models with that many rows and mel bins, and of one with more rows
/// the layout of those that it was made from: 100 languages with 128 mel bins, 99 otherwise.
/// nullopt where there are too few rows.
[[nodiscard]] std::optional<VocabularyLayout> published_layout(std::int64_t n_vocab,
                                                               std::int64_t n_mels);

/// The layout of a model of fewer rows than the published ones, all of which `words` words and the
/// tokens of 99 or 100 languages take up; nullopt where they do not.
[[nodiscard]] std::optional<VocabularyLayout> smaller_layout(std::int64_t words,
                                                             std::int64_t n_vocab);

}  // namespace sotto
