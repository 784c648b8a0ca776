#include "core/bundle/vocabulary_layout.h"

namespace sotto {
namespace {

// The end and the start of text; then translate, transcribe, start of LM, start of previous, no
// speech and no timestamps; then the timestamps, 0.02 s apart.
constexpr std::int64_t kBesides = 2 + 6 + 1501;
constexpr std::int64_t kUsualLanguages = 99;
constexpr std::int64_t kMelsOfAllLanguages = 128;

constexpr VocabularyLayout kEnglish{kEnglishWords, kUsualLanguages, false};
constexpr VocabularyLayout kMultilingual{kMultilingualWords, kUsualLanguages, true};
constexpr VocabularyLayout kAllLanguages{kMultilingualWords, kMostLanguages, true};

}  // namespace

std::int64_t rows_of(const VocabularyLayout& layout) {
  return layout.words + layout.languages + kBesides;
}

std::optional<VocabularyLayout> published_layout(std::int64_t n_vocab, std::int64_t n_mels) {
  if (n_vocab < rows_of(kEnglish)) return std::nullopt;
  if (n_vocab == rows_of(kEnglish)) return kEnglish;
  const bool all = n_vocab >= rows_of(kAllLanguages) && n_mels == kMelsOfAllLanguages;
  return all ? kAllLanguages : kMultilingual;
}

std::optional<VocabularyLayout> smaller_layout(std::int64_t words, std::int64_t n_vocab) {
  for (const std::int64_t languages : {kUsualLanguages, kMostLanguages}) {
    const VocabularyLayout layout{words, languages, true};
    if (n_vocab < rows_of(kEnglish) && rows_of(layout) == n_vocab) return layout;
  }
  return std::nullopt;
}

}  // namespace sotto
