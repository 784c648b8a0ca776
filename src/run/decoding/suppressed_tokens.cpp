#include "run/decoding/suppressed_tokens.h"

#include <array>
#include <set>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace sotto {
namespace {

// Suppressed where they are one token, alone or after a space.
constexpr auto kSymbols = std::to_array<std::string_view>(
    {"\"",  "#",  "(",  ")",   "*",   "+",   "/",   ":",  ";",   "<",  "=",  ">",
     "@",   "[",  "\\", "]",   "^",   "_",   "`",   "{",  "|",   "}",  "~",  "「",
     "」",  "『", "』", "<<",  ">>",  "<<<", ">>>", "--", "---", "-(", "-[", "('",
     "(\"", "((", "))", "(((", ")))", "[[",  "]]",  "{{", "}}",  "♪♪", "♪♪♪"});

// Suppressed by their first token: it is shared by other symbols of music and chess at most.
constexpr auto kNotes = std::to_array<std::string_view>({"♩", "♪", "♫", "♬", "♭", "♮", "♯"});

}  // namespace

std::vector<TokenId> non_speech_tokens(const Tokenizer& tokenizer) {
  std::set<TokenId> tokens{tokenizer.encode(" -").front(), tokenizer.encode(" '").front()};
  for (const std::string& space : {std::string(), std::string(" ")}) {
    for (const std::string_view symbol : kSymbols) {
      const auto encoded = tokenizer.encode(space + std::string(symbol));
      if (encoded.size() == 1) tokens.insert(encoded.front());
    }
    for (const std::string_view note : kNotes) {
      tokens.insert(tokenizer.encode(space + std::string(note)).front());
    }
  }
  return {tokens.begin(), tokens.end()};
}

std::vector<TokenId> suppressed_tokens(const Tokenizer& tokenizer,
                                       std::span<const TokenId> option) {
  const SpecialTokens& special = tokenizer.special();
  std::set<TokenId> tokens{special.transcribe,        special.translate,
                           special.no_speech,         special.start_of_lm,
                           special.start_of_previous, special.start_of_transcript};
  for (const TokenId token : option) {
    if (token >= tokenizer.n_vocab() || token < -1) {
      fail(ErrorKind::usage, Option{"suppress_tokens"}, ": expected ids from 0 to ",
           tokenizer.n_vocab() - 1, ", or -1, found ", token);
    }
    if (token >= 0) {
      tokens.insert(token);
      continue;
    }
    const auto symbols = non_speech_tokens(tokenizer);
    tokens.insert(symbols.begin(), symbols.end());
  }
  return {tokens.begin(), tokens.end()};
}

}  // namespace sotto
