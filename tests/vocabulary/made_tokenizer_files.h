#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"

#include "support/files.h"
#include "support/temp_folder.h"
#include "tokenizer/rank_file.h"

namespace sotto::test {

/// A byte as byte-level tokenizers spell it, by GPT-2's rule, computed as its authors describe it.
[[nodiscard]] inline std::string spelled(unsigned char byte) {
  const auto is_itself = [](int value) {
    return (value >= 33 && value <= 126) || (value >= 161 && value <= 172) || value >= 174;
  };
  int character = byte;
  if (!is_itself(byte)) {
    character = 256;
    for (int before = 0; before < byte; ++before) character += is_itself(before) ? 0 : 1;
  }
  if (character < 0x80) return {static_cast<char>(character)};
  return {static_cast<char>(0xC0 | character >> 6), static_cast<char>(0x80 | (character & 0x3F))};
}

[[nodiscard]] inline std::string spelled(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) text += spelled(static_cast<unsigned char>(byte));
  return text;
}

/// A tokenizer of the 256 bytes, a few words and the special tokens of `languages` languages.
struct MadeTokenizer {
  std::vector<std::string> words = byte_tokens({"ab", "abc", " d", " dabc"});  ///< by id
  std::vector<std::pair<std::string, std::string>> merges{
      {"a", "b"}, {"ab", "c"}, {" ", "d"}, {" d", "abc"}};
  std::int64_t languages = 3;

  [[nodiscard]] std::int64_t end() const { return static_cast<std::int64_t>(words.size()); }

  [[nodiscard]] nlohmann::json vocab() const {
    nlohmann::json ids = nlohmann::json::object();
    for (std::size_t id = 0; id < words.size(); ++id) ids[spelled(words[id])] = id;
    return ids;
  }

  /// {"<|endoftext|>": id, …}
  [[nodiscard]] nlohmann::json added() const {
    nlohmann::json ids;
    std::int64_t id = end();
    for (const char* name : {"<|endoftext|>", "<|startoftranscript|>", "<|en|>"}) ids[name] = id++;
    for (std::int64_t i = 1; i < languages; ++i) ids["<|l" + std::to_string(i) + "|>"] = id++;
    for (const char* name : {"<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>",
                             "<|nospeech|>", "<|notimestamps|>"}) {
      ids[name] = id++;
    }
    return ids;
  }

  [[nodiscard]] nlohmann::json tokenizer_json() const {
    nlohmann::json pairs = nlohmann::json::array();
    for (const auto& [left, right] : merges) pairs.push_back(spelled(left) + " " + spelled(right));
    nlohmann::json added_tokens = nlohmann::json::array();
    const nlohmann::json ids = added();
    for (const auto& [content, id] : ids.items()) {
      added_tokens.push_back({{"id", id}, {"content", content}, {"special", true}});
    }
    return {{"version", "1.0"},
            {"added_tokens", added_tokens},
            {"normalizer", nullptr},
            {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
            {"decoder", {{"type", "ByteLevel"}}},
            {"model", {{"type", "BPE"}, {"vocab", vocab()}, {"merges", pairs}}}};
  }

  void write_tokenizer_json(const TempFolder& folder) const {
    write_file(folder / "tokenizer.json", tokenizer_json().dump());
  }

  void write_vocab_and_merges(const TempFolder& folder) const {
    write_file(folder / "vocab.json", vocab().dump());
    std::string text = "#version: 0.2\n";
    for (const auto& [left, right] : merges) text += spelled(left) + " " + spelled(right) + "\n";
    write_file(folder / "merges.txt", text);
    write_file(folder / "added_tokens.json", added().dump());
  }
};

}  // namespace sotto::test
