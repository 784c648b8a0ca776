#pragma once

#include <array>
#include <string>
#include <string_view>

#include "vocabulary/made_tokenizer_files.h"

namespace sotto::test {

/// The files of a folder that say what its words are, in the order in which an input has them, and
/// what stands between two. An empty one is not written.
inline constexpr std::array<const char*, 6> kTokenizerFiles{
    "tokenizer.json",    "vocab.json",     "merges.txt",
    "added_tokens.json", "vocabulary.txt", "generation_config.json"};
inline constexpr std::string_view kNextTokenizerFile = "\n-----\n";

/// An input of these files.
[[nodiscard]] inline std::string tokenizer_input(
    const std::array<std::string, kTokenizerFiles.size()>& files) {
  std::string input;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (i > 0) input += kNextTokenizerFile;
    input += files[i];
  }
  return input;
}

/// The made tokenizer as one file, as two, and as a list.
[[nodiscard]] inline std::array<std::string, 3> tokenizer_seeds() {
  const MadeTokenizer made;
  const TempFolder folder;
  made.write_vocab_and_merges(folder);
  std::string list;
  for (const std::string& word : made.words) list += spelled(word) + "\n";
  list += "<|endoftext|>\n";
  return {tokenizer_input({made.tokenizer_json().dump(), "", "", "", "", ""}),
          tokenizer_input({"", read_file(folder / "vocab.json"), read_file(folder / "merges.txt"),
                           read_file(folder / "added_tokens.json"), "", ""}),
          tokenizer_input(
              {"", "", "", "", list, R"({"eos_token_id": 260, "no_timestamps_token_id": 272})"})};
}

}  // namespace sotto::test
