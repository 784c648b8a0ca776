#pragma once

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <optional>

#include "run/tokenizer/tokenizer.h"

namespace sotto::test {

/// Tests that need Whisper's own vocabularies: they skip where SOTTO_VOCABULARY_DIR is not set.
class VocabularyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("SOTTO_VOCABULARY_DIR");
    if (folder == nullptr) GTEST_SKIP() << "SOTTO_VOCABULARY_DIR is not set: no vocabularies";
    const std::filesystem::path place(folder);
    multilingual_ = Tokenizer::load(place / "multilingual.tiktoken", 51865);
    english_ = Tokenizer::load(place / "gpt2.tiktoken", 51864);
  }

  [[nodiscard]] const Tokenizer& multilingual() const { return *multilingual_; }
  [[nodiscard]] const Tokenizer& english() const { return *english_; }

 private:
  std::optional<Tokenizer> multilingual_, english_;
};

}  // namespace sotto::test
