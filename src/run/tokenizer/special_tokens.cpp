#include "core/base/error.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {
namespace {

constexpr std::int64_t kEnglishVocabulary = 51864;
constexpr std::int64_t kLargestVocabulary = 51866;  // one more language: Cantonese
constexpr std::int64_t kEnglishLanguages = 99;      // their tokens exist there, unused

}  // namespace

SpecialTokens special_tokens(std::int64_t n_vocab) {
  if (n_vocab < kEnglishVocabulary || n_vocab > kLargestVocabulary) {
    fail(ErrorKind::unsupported, "vocabulary: expected ", kEnglishVocabulary, " to ",
         kLargestVocabulary, " tokens, found ", n_vocab);
  }
  const bool multilingual = n_vocab > kEnglishVocabulary;
  const std::int64_t named = n_vocab == kLargestVocabulary ? 100 : kEnglishLanguages;
  SpecialTokens special{};
  special.end_of_text = multilingual ? 50257 : 50256;
  special.start_of_transcript = special.end_of_text + 1;
  special.first_language = special.end_of_text + 2;
  special.translate = special.first_language + static_cast<TokenId>(named);
  special.transcribe = special.translate + 1;
  special.start_of_lm = special.translate + 2;
  special.start_of_previous = special.translate + 3;
  special.no_speech = special.translate + 4;
  special.no_timestamps = special.translate + 5;
  special.first_timestamp = special.translate + 6;
  special.num_languages = multilingual ? named : 0;
  special.multilingual = multilingual;
  return special;
}

}  // namespace sotto
