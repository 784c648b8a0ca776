#include "model/vocabulary/folder_vocabulary.h"

#include <system_error>
#include <utility>

#include "core/base/error.h"
#include "core/json/json_document.h"
#include "model/vocabulary/rank_text.h"
#include "model/vocabulary/special_ids.h"
#include "model/vocabulary/token_list.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

SpecialIds generation_ids(const fs::path& folder) {
  const fs::path path = folder / "generation_config.json";
  std::error_code ignored;
  return fs::exists(path, ignored) ? special_ids(read_json(path, kPythonJson), path.string())
                                   : SpecialIds{};
}

/// The tokenizer's ids, and of those that it does not name the other's.
SpecialIds filled(SpecialIds ids, const SpecialIds& others) {
  const auto fill = [](auto& id, const auto& other) {
    if (!id) id = other;
  };
  fill(ids.end_of_text, others.end_of_text);
  fill(ids.no_timestamps, others.no_timestamps);
  fill(ids.multilingual, others.multilingual);
  return ids;
}

/// Takes words, and where the tokens stand, from a tokenizer.
void read_words(const TokenList& list, const SpecialIds& generation, SourceVocabulary& vocabulary,
                std::vector<std::string>& notes) {
  const SpecialIds own = special_ids(list);
  vocabulary.layout = layout_of(filled(own, generation));
  const auto disagrees = [](const auto& a, const auto& b) { return a && b && *a != *b; };
  if (disagrees(own.no_timestamps, generation.no_timestamps) ||
      disagrees(own.end_of_text, generation.end_of_text)) {
    notes.push_back(concat(generation.source, ": its ids of special tokens are not those of ",
                           own.source, ", which count"));
  }
  const auto end = vocabulary.layout ? std::optional(vocabulary.layout->words) : own.end_of_text;
  if (!end) return;
  RankText ranks = rank_text(list, *end);
  vocabulary.ranks = std::move(ranks.text);
  if (ranks.lost_merges > 0) {
    notes.push_back(concat(list.source, ": ", ranks.lost_merges, " of its ", list.merges.size(),
                           " merges make no token of it and are left out"));
  }
  vocabulary.source = list.source;
}

}  // namespace

SourceVocabulary read_folder_vocabulary(const fs::path& folder, std::vector<std::string>& notes) {
  const SpecialIds generation = generation_ids(folder);
  SourceVocabulary vocabulary;
  try {
    const std::optional<TokenList> list = read_token_list(folder);
    if (list) {
      read_words(*list, generation, vocabulary, notes);
      return vocabulary;
    }
  } catch (const Error& refusal) {
    vocabulary.refusal = refusal;
  }
  vocabulary.layout = layout_of(generation);
  return vocabulary;
}

}  // namespace sotto
