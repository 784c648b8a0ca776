#include "run/decoding/greedy.h"

#include <cmath>

#include "core/base/error.h"

namespace sotto {

TokenId arg_max(std::span<const float> logits) {
  if (logits.empty()) fail(ErrorKind::internal, "arg max of no logits");
  std::size_t best = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (std::isnan(logits[i])) {
      fail(ErrorKind::format, "the decoder gave NaN for token ", i,
           ": the model's weights or the back end are broken");
    }
    if (logits[i] > logits[best]) best = i;
  }
  return static_cast<TokenId>(best);
}

std::vector<TokenId> plain_prompt(const SpecialTokens& special, TokenId language) {
  if (!special.multilingual) return {special.start_of_transcript, special.no_timestamps};
  return {special.start_of_transcript, language, special.transcribe, special.no_timestamps};
}

TokenId detect_language(DecoderSession& session, const SpecialTokens& special) {
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

std::vector<TokenId> decode_greedily(DecoderSession& session, std::span<const TokenId> prompt,
                                     TokenId end_of_text) {
  const auto context = static_cast<std::size_t>(session.context());
  std::vector<TokenId> tokens(prompt.begin(), prompt.end());
  if (tokens.size() >= context) return tokens;
  tokens.push_back(arg_max(session.prefill(prompt)));
  while (tokens.back() != end_of_text && tokens.size() < context) {
    const TokenId last = tokens.back();
    tokens.push_back(arg_max(session.step(std::span(&last, 1))));
  }
  return tokens;
}

}  // namespace sotto
