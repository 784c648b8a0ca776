#include "run/decoding/initial_tokens.h"

#include "core/base/error.h"
#include "run/decoding/decode.h"
#include "run/decoding/last_tokens.h"

namespace sotto {

std::vector<TokenId> sot_sequence(const SpecialTokens& special, const DecodeOptions& options) {
  std::vector<TokenId> sequence{special.start_of_transcript};
  if (!special.multilingual) return sequence;
  if (!options.language) fail(ErrorKind::usage, "a multilingual model needs to know the language");
  sequence.push_back(*options.language);
  sequence.push_back(options.task == Task::translate ? special.translate : special.transcribe);
  return sequence;
}

InitialTokens initial_tokens(const SpecialTokens& special, std::int64_t context,
                             const DecodeOptions& options) {
  InitialTokens initial;
  auto& tokens = initial.tokens;
  const auto append = [&](const std::vector<TokenId>& more) {
    tokens.insert(tokens.end(), more.begin(), more.end());
  };
  if (!options.prompt.empty()) {
    tokens.push_back(special.start_of_previous);
    append(last_tokens(options.prompt, context / 2 - 1));
  }
  initial.start = tokens.size();
  append(sot_sequence(special, options));
  if (options.without_timestamps) tokens.push_back(special.no_timestamps);
  append(last_tokens(options.prefix, context / 2 - options.sample_len.value_or(context / 2)));
  if (static_cast<std::int64_t>(tokens.size()) > context) {
    fail(ErrorKind::usage, Option{"prefix"},
         ": expected prompt and prefix to fit the decoder's context of ", context,
         " tokens, found ", tokens.size());
  }
  return initial;
}

}  // namespace sotto
