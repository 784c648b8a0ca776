#include "core/base/error.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {
namespace {

constexpr std::int64_t kEnglishVocabulary = 51864;
constexpr std::int64_t kLargestVocabulary = 51866;  // one more language: Cantonese

}  // namespace

VocabularyLayout published_layout_of(std::int64_t n_vocab) {
  if (n_vocab < kEnglishVocabulary || n_vocab > kLargestVocabulary) {
    fail(ErrorKind::unsupported, "vocabulary: expected ", kEnglishVocabulary, " to ",
         kLargestVocabulary, " tokens, found ", n_vocab);
  }
  constexpr std::int64_t kMelsOfTheLargest = 128;
  return *published_layout(n_vocab, kMelsOfTheLargest);
}

SpecialTokens special_tokens(std::int64_t n_vocab) {
  return special_tokens(published_layout_of(n_vocab));
}

SpecialTokens special_tokens(const VocabularyLayout& layout) {
  SpecialTokens special{};
  special.end_of_text = static_cast<TokenId>(layout.words);
  special.start_of_transcript = special.end_of_text + 1;
  special.first_language = special.end_of_text + 2;
  special.translate = special.first_language + static_cast<TokenId>(layout.languages);
  special.transcribe = special.translate + 1;
  special.start_of_lm = special.translate + 2;
  special.start_of_previous = special.translate + 3;
  special.no_speech = special.translate + 4;
  special.no_timestamps = special.translate + 5;
  special.first_timestamp = special.translate + 6;
  special.num_languages = layout.multilingual ? layout.languages : 0;
  special.multilingual = layout.multilingual;
  return special;
}

}  // namespace sotto
