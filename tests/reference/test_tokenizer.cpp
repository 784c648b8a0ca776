// Encoding and decoding against openai/whisper's tokenizer (tiktoken), on strings of many scripts.
#include <fstream>
#include <functional>

#include "reference/oracle_data.h"
#include "run/tokenizer/tokenizer.h"
#include "run/tokenizer/utf8.h"

namespace sotto::test {
namespace {

using Tokens = std::vector<TokenId>;

class TokenizerOracle : public OracleTest {
 protected:
  void SetUp() override {
    OracleTest::SetUp();
    if (IsSkipped()) return;
    if (!std::filesystem::exists(oracle("tokenizer/encode.jsonl"))) {
      GTEST_SKIP() << "nothing was recorded of the reference's tokenizer";
    }
    vocabularies_ = environment("SOTTO_VOCABULARY_DIR");
    if (vocabularies_.empty()) {
      GTEST_SKIP() << "SOTTO_VOCABULARY_DIR is not set: no vocabularies to read";
    }
  }

  Tokenizer load(std::int64_t n_vocab) const {
    return Tokenizer::load(
        vocabularies_ / (n_vocab == 51864 ? "gpt2.tiktoken" : "multilingual.tiktoken"), n_vocab);
  }

  /// Calls `check` for each recorded case and returns their number.
  int for_each_line(const std::string& name,
                    const std::function<void(const nlohmann::json&)>& check) const {
    std::ifstream file(oracle("tokenizer") / name);
    int count = 0;
    for (std::string line; std::getline(file, line); ++count) check(nlohmann::json::parse(line));
    return count;
  }

 private:
  std::filesystem::path vocabularies_;
};

TEST_F(TokenizerOracle, EncodesAsTheReference) {
  const Tokenizer english = load(51864);
  const Tokenizer multilingual = load(51865);
  const Tokenizer largest = load(51866);
  const int count = for_each_line("encode.jsonl", [&](const nlohmann::json& one) {
    const auto text = one["text"].get<std::string>();
    EXPECT_EQ(english.encode(text), one["english"].get<Tokens>()) << one["text"];
    EXPECT_EQ(multilingual.encode(text), one["multilingual"].get<Tokens>()) << one["text"];
    EXPECT_EQ(largest.encode(text), one["multilingual"].get<Tokens>()) << one["text"];
    EXPECT_EQ(english.decode(english.encode(text)), text);
    EXPECT_EQ(multilingual.decode_text(multilingual.encode(text)), text);
  });
  EXPECT_GE(count, 10000);
}

TEST_F(TokenizerOracle, DecodesAsTheReference) {
  for (const std::int64_t n_vocab : {51864, 51865, 51866}) {
    const Tokenizer tokenizer = load(n_vocab);
    int checked = 0;
    for_each_line("decode.jsonl", [&](const nlohmann::json& one) {
      if (one["n_vocab"] != n_vocab) return;
      ++checked;
      const auto ids = one["ids"].get<Tokens>();
      EXPECT_EQ(tokenizer.decode(ids), one["decoded"].get<std::string>()) << one["ids"];
      EXPECT_EQ(tokenizer.decode_text(ids), one["text"].get<std::string>()) << one["ids"];
    });
    EXPECT_GE(checked, 2000);
  }
}

TEST_F(TokenizerOracle, ReplacesIllFormedBytesAsPython) {
  const int count = for_each_line("bytes.jsonl", [&](const nlohmann::json& one) {
    const auto hex = one["hex"].get<std::string>();
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
    EXPECT_EQ(replace_ill_formed_utf8(bytes), one["text"].get<std::string>()) << hex;
  });
  EXPECT_GE(count, 3000);
}

TEST_F(TokenizerOracle, KnowsTheReferencesLanguages) {
  const nlohmann::json expected = read_json(oracle("tokenizer/languages.json"));
  for (const std::int64_t n_vocab : {51865, 51866}) {
    const Tokenizer tokenizer = load(n_vocab);
    for (const auto& [name, id] : expected[std::to_string(n_vocab)].items()) {
      EXPECT_EQ(tokenizer.language_token(name), id.get<TokenId>()) << name;
    }
  }
}

}  // namespace
}  // namespace sotto::test
