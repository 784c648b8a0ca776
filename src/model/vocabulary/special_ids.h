#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "nlohmann/json_fwd.hpp"

#include "core/bundle/vocabulary_layout.h"
#include "model/vocabulary/token_list.h"

namespace sotto {

/// The ids of special tokens that a file names; nullopt for those that it does not.
struct SpecialIds {
  std::string source;  ///< the file, for messages
  std::optional<std::int64_t> end_of_text, start_of_transcript, first_language, translate,
      transcribe, start_of_previous, no_timestamps, first_timestamp;
  std::optional<bool> multilingual;
};

/// As a tokenizer spells them: "<|endoftext|>", "<|en|>", …
[[nodiscard]] SpecialIds special_ids(const TokenList& list);

/// As transformers' generation_config.json has them: no_timestamps_token_id, lang_to_id, … What has
/// another form than it writes is left out.
[[nodiscard]] SpecialIds special_ids(const nlohmann::json& generation, const std::string& source);

/// The layout that they say, where they are enough for one: the end of text (or what follows it)
/// and "no timestamps". Throws unsupported, naming the source and the token, when they do not stand
/// as Whisper's do, or more languages do than it knows.
[[nodiscard]] std::optional<VocabularyLayout> layout_of(const SpecialIds& ids);

}  // namespace sotto
