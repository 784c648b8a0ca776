#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bundle/vocabulary_layout.h"
#include "run/tokenizer/token_id.h"

namespace sotto {

/// A language that Whisper knows.
struct Language {
  std::string_view code;  ///< "en", "zh", "yue"
  std::string_view name;  ///< "english", "chinese", "cantonese"
};

/// All of them in the order of their tokens; the first 99 or 100 are in a given vocabulary.
[[nodiscard]] std::span<const Language> languages();

/// The one given by code, English name or another of the reference's names for it, any case ("en",
/// "English", "mandarin"); null for none of Whisper's. Points into languages().
[[nodiscard]] const Language* find_language(std::string_view wanted);

/// Where the special tokens of a vocabulary stand.
struct SpecialTokens {
  TokenId end_of_text, start_of_transcript, first_language, translate, transcribe, start_of_lm,
      start_of_previous, no_speech, no_timestamps, first_timestamp;
  std::int64_t num_languages;  ///< 0 for the English-only vocabulary
  bool multilingual;
};
[[nodiscard]] SpecialTokens special_tokens(const VocabularyLayout& layout);

/// The layout of the published models of n_vocab tokens, and its special tokens. Throw unsupported
/// for a size that none of them has (51864, 51865, 51866).
[[nodiscard]] VocabularyLayout published_layout_of(std::int64_t n_vocab);
[[nodiscard]] SpecialTokens special_tokens(std::int64_t n_vocab);

/// The language that one of its tokens stands for.
[[nodiscard]] const Language& language_of(const SpecialTokens& special, TokenId token);

/// Byte-pair encoding over one of Whisper's vocabularies, both ways. Several threads may use one.
class Tokenizer {
 public:
  /// Reads a rank file (Vocabulary::parse) for tokens that stand as `layout` says; `name` stands
  /// for it in error messages. Throws format when it is malformed, mismatch when it has another
  /// number of words.
  [[nodiscard]] static Tokenizer parse(std::span<const std::byte> vocabulary, std::string_view name,
                                       const VocabularyLayout& layout);

  /// The same for a file, and for a published model of n_vocab tokens.
  [[nodiscard]] static Tokenizer load(const std::filesystem::path& vocabulary,
                                      std::int64_t n_vocab);

  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  [[nodiscard]] const SpecialTokens& special() const;
  [[nodiscard]] std::int64_t n_vocab() const;

  /// Text (UTF-8) to tokens, as tiktoken's encode_ordinary: special tokens are not recognised.
  /// What is not well-formed UTF-8 is encoded as U+FFFD, one for each maximal ill-formed subpart.
  [[nodiscard]] std::vector<TokenId> encode(std::string_view text) const;

  /// Tokens to text. Specials are written as "<|…|>", timestamps as "<|1.08|>"; ill-formed UTF-8
  /// becomes U+FFFD as in Python's errors="replace". Throws usage for an id outside the vocabulary.
  [[nodiscard]] std::string decode(std::span<const TokenId> tokens) const;

  /// The same without timestamps, as the reference puts texts together: other special tokens stay.
  [[nodiscard]] std::string decode_without_timestamps(std::span<const TokenId> tokens) const;

  /// The same without special tokens and timestamps: what a person reads.
  [[nodiscard]] std::string decode_text(std::span<const TokenId> tokens) const;

  /// The token of a language given by code or English name, any case ("en", "English", "mandarin"
  /// and the reference's other aliases). Throws usage when it is unknown, or not in this
  /// vocabulary.
  [[nodiscard]] TokenId language_token(std::string_view language) const;

 private:
  struct State;
  explicit Tokenizer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sotto
