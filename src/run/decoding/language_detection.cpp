#include "run/decoding/language_detection.h"

#include <cstddef>
#include <span>

#include "core/base/error.h"
#include "run/decoding/probabilities.h"

namespace sotto {

TokenId detect_language(RowSession& session, const SpecialTokens& special) {
  if (!special.multilingual) {
    fail(ErrorKind::usage, "an English-only model cannot detect languages");
  }
  const auto logits = session.prefill(std::span(&special.start_of_transcript, 1));
  const auto first = static_cast<std::size_t>(special.first_language);
  const auto count = static_cast<std::size_t>(special.num_languages);
  if (first + count > logits.size()) {
    fail(ErrorKind::mismatch, "the decoder gives ", logits.size(),
         " logits, fewer than the vocabulary has tokens");
  }
  return special.first_language + arg_max(logits.subspan(first, count));
}

}  // namespace sotto
