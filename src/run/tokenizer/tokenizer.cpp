#include "run/tokenizer/tokenizer.h"

#include <algorithm>
#include <iterator>

#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "run/tokenizer/byte_pair_merger.h"
#include "run/tokenizer/pre_tokenizer.h"
#include "run/tokenizer/utf8.h"
#include "run/tokenizer/vocabulary.h"

namespace sotto {
namespace {

/// Timestamps are 0.02 s apart: "<|0.00|>", "<|0.02|>", … "<|30.00|>".
std::string timestamp_text(TokenId index) {
  const TokenId hundredths = 2 * index;
  const std::string fraction = std::to_string(100 + hundredths % 100).substr(1);
  return concat("<|", hundredths / 100, ".", fraction, "|>");
}

std::string special_text(const SpecialTokens& special, TokenId id) {
  if (id >= special.first_timestamp) return timestamp_text(id - special.first_timestamp);
  if (id >= special.first_language && id < special.translate) {
    return concat("<|", language_of(special, id).code, "|>");
  }
  if (id == special.end_of_text) return "<|endoftext|>";
  if (id == special.start_of_transcript) return "<|startoftranscript|>";
  if (id == special.translate) return "<|translate|>";
  if (id == special.transcribe) return "<|transcribe|>";
  if (id == special.start_of_lm) return "<|startoflm|>";
  if (id == special.start_of_previous) return "<|startofprev|>";
  if (id == special.no_speech) return "<|nospeech|>";
  return "<|notimestamps|>";
}

}  // namespace

struct Tokenizer::State {
  std::int64_t n_vocab;
  SpecialTokens special;
  Vocabulary vocabulary;
  PreTokenizer pre_tokenizer;

  void check(TokenId id) const {
    if (id >= 0 && id < n_vocab) return;
    fail(ErrorKind::usage, "token: expected an id from 0 to ", n_vocab - 1, ", found ", id);
  }
};

Tokenizer Tokenizer::parse(std::span<const std::byte> vocabulary, std::string_view name,
                           const VocabularyLayout& layout) {
  Vocabulary words = Vocabulary::parse(vocabulary, name);
  if (words.size() != layout.words) {
    fail(ErrorKind::mismatch, name, ": expected the ", layout.words,
         " words that a model with a vocabulary of ", rows_of(layout), " has, found ",
         words.size());
  }
  return Tokenizer(std::make_unique<State>(
      State{rows_of(layout), special_tokens(layout), std::move(words), PreTokenizer()}));
}

Tokenizer Tokenizer::load(const std::filesystem::path& vocabulary, std::int64_t n_vocab) {
  const VocabularyLayout layout = published_layout_of(n_vocab);
  const auto file = MappedFile::open(vocabulary);
  return parse(file->bytes(), vocabulary.string(), layout);
}

Tokenizer::Tokenizer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

const SpecialTokens& Tokenizer::special() const { return state_->special; }

std::int64_t Tokenizer::n_vocab() const { return state_->n_vocab; }

std::vector<TokenId> Tokenizer::encode(std::string_view text) const {
  const std::string well_formed = replace_ill_formed_utf8(text);
  BytePairMerger merger(state_->vocabulary);
  std::vector<TokenId> tokens;
  state_->pre_tokenizer.split(well_formed,
                              [&](std::string_view piece) { merger.encode(piece, tokens); });
  return tokens;
}

std::string Tokenizer::decode(std::span<const TokenId> tokens) const {
  std::string bytes;
  for (const TokenId id : tokens) {
    state_->check(id);
    if (id < state_->special.end_of_text) {
      bytes += state_->vocabulary.bytes_of(id);
    } else {
      bytes += special_text(state_->special, id);
    }
  }
  return replace_ill_formed_utf8(bytes);
}

std::string Tokenizer::decode_without_timestamps(std::span<const TokenId> tokens) const {
  std::vector<TokenId> rest;
  std::copy_if(tokens.begin(), tokens.end(), std::back_inserter(rest),
               [this](TokenId token) { return token < state_->special.first_timestamp; });
  return decode(rest);
}

std::string Tokenizer::decode_text(std::span<const TokenId> tokens) const {
  std::string bytes;
  for (const TokenId id : tokens) {
    state_->check(id);
    if (id < state_->special.end_of_text) bytes += state_->vocabulary.bytes_of(id);
  }
  return replace_ill_formed_utf8(bytes);
}

TokenId Tokenizer::language_token(std::string_view language) const {
  const Language* found = find_language(language);
  if (found == nullptr) {
    fail(ErrorKind::usage, "language: expected a language code or English name, found \"",
         replace_ill_formed_utf8(language), "\"");
  }
  const auto index = found - languages().data();
  if (index >= state_->special.num_languages) {
    fail(ErrorKind::usage, "language: expected one of the ", state_->special.num_languages,
         " languages of this model, found ", found->name);
  }
  return state_->special.first_language + static_cast<TokenId>(index);
}

}  // namespace sotto
