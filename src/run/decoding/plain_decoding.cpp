#include "run/decoding/plain_decoding.h"

#include <cstddef>

#include "run/decoding/probabilities.h"

namespace sotto {

std::vector<TokenId> plain_prompt(const SpecialTokens& special, TokenId language) {
  if (!special.multilingual) return {special.start_of_transcript, special.no_timestamps};
  return {special.start_of_transcript, language, special.transcribe, special.no_timestamps};
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
