#pragma once

#include <cstdint>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "run/tokenizer/tokenizer.h"
#include "support/temp_folder.h"
#include "tokenizer/rank_file.h"

namespace sotto::test {

inline constexpr std::int64_t kMultilingual = 51865;
inline constexpr TokenId kEndOfText = 50257, kStart = 50258, kEnglish = 50259, kTranscribe = 50359,
                         kPrevious = 50361, kNoSpeech = 50362, kNoTimestamps = 50363,
                         kTimestamp = 50364;
inline constexpr float kForbidden = -std::numeric_limits<float>::infinity();

/// A vocabulary of Whisper's size without Whisper's words: single bytes by their values, then
/// fillers " 256", " 257", … So the token of a letter is its code, and that of a space is 32.
[[nodiscard]] inline Tokenizer made_tokenizer(std::int64_t n_vocab = kMultilingual) {
  std::vector<std::string> more;
  for (int i = 256; i < special_tokens(n_vocab).end_of_text; ++i) {
    more.push_back(concat(" ", i));
  }
  const TempFolder folder;
  std::ofstream(folder / "made.tiktoken") << rank_file(byte_tokens(more));
  return Tokenizer::load(folder / "made.tiktoken", n_vocab);
}

/// The multilingual one, made once: it takes a while.
[[nodiscard]] inline const Tokenizer& tokenizer() {
  static const Tokenizer made = made_tokenizer();
  return made;
}

/// Logits that are all `low` but for one token.
[[nodiscard]] inline std::vector<float> favouring(TokenId token, float high = 20, float low = 0) {
  std::vector<float> logits(static_cast<std::size_t>(kMultilingual), low);
  logits[static_cast<std::size_t>(token)] = high;
  return logits;
}

}  // namespace sotto::test
