#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/bundle/vocabulary_layout.h"

namespace sotto {

/// What the source of a checkpoint says of its vocabulary.
struct SourceVocabulary {
  std::optional<VocabularyLayout> layout;  ///< nullopt where it says nothing of it
  std::string ranks;                       ///< a rank file of its words; empty where it has none
  std::string source;                      ///< the file that the words are from
  /// Why the tokenizer that is there cannot be read. It concerns whoever needs words, not those who
  /// look at the model, or have words from elsewhere.
  std::optional<Error> refusal;
};

/// That of a folder of transformers' or CTranslate2's: its tokenizer (read_token_list), and its
/// generation_config.json for what the tokenizer leaves open. `notes` gets a sentence where the two
/// disagree (the tokenizer's word counts), and one where merges make no token. Throws format when
/// generation_config.json is malformed.
[[nodiscard]] SourceVocabulary read_folder_vocabulary(const std::filesystem::path& folder,
                                                      std::vector<std::string>& notes);

}  // namespace sotto
