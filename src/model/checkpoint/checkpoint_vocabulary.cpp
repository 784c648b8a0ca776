#include "model/checkpoint/checkpoint_vocabulary.h"

#include <utility>

#include "core/base/error.h"
#include "core/bundle/bundle.h"
#include "core/bundle/vocabulary_file.h"

namespace sotto {
namespace {

constexpr std::string_view kEmbedding = "decoder.token_embedding.weight";

void leave_out_rows(Checkpoint& checkpoint, std::int64_t rows) {
  TensorTable tensors;
  for (const auto& [name, view] : checkpoint.tensors.all()) {
    TensorView kept = view;
    if (name == kEmbedding) kept.shape[0] = rows;
    tensors.add(name, kept);
  }
  checkpoint.tensors = std::move(tensors);
  checkpoint.notes.push_back(
      concat(checkpoint.weights.string(), ": of the ", checkpoint.dims.n_vocab,
             " rows of its token embedding the last ", checkpoint.dims.n_vocab - rows,
             " are left out: its vocabulary has ", rows, " tokens"));
  checkpoint.dims.n_vocab = rows;
}

[[noreturn]] void refuse_rows(const Checkpoint& checkpoint, std::int64_t expected) {
  fail(ErrorKind::mismatch, checkpoint.weights.string(),
       ": expected a token embedding of at least ", expected,
       " rows for the words and special tokens of its vocabulary, found ", checkpoint.dims.n_vocab);
}

RankFile given_file(const Checkpoint& checkpoint, const std::filesystem::path& path) {
  return read_rank_file(path, checkpoint.dims.n_vocab, checkpoint.vocabulary.layout);
}

RankFile own_words(const Checkpoint& checkpoint, const VocabularyLayout& layout) {
  const SourceVocabulary& own = checkpoint.vocabulary;
  const auto text = std::make_shared<const std::string>(own.ranks);
  return {text, std::as_bytes(std::span(*text)), own.source, layout};
}

RankFile published_file(const Checkpoint& checkpoint, const VocabularyLayout& layout) {
  if (layout.words != kEnglishWords && layout.words != kMultilingualWords) {
    fail(ErrorKind::unsupported, checkpoint.path.string(), ": expected a tokenizer with the ",
         layout.words, " words of its vocabulary, found none: name a rank file of them with ",
         Option{"vocabulary"});
  }
  RankFile ranks = map_rank_file(vocabulary_path(layout.words), layout);
  check_vocabulary(ranks.bytes, layout.words, ranks.source);
  return ranks;
}

RankFile own_file(const Checkpoint& checkpoint) {
  const SourceVocabulary& own = checkpoint.vocabulary;
  if (checkpoint.format == CheckpointFormat::sotto_bundle) {
    return given_file(checkpoint, Bundle::open(checkpoint.path).file(role::vocabulary));
  }
  if (own.refusal) throw Error(*own.refusal);
  constexpr std::int64_t kLeastRows = 51864;
  if (!own.layout) refuse_rows(checkpoint, kLeastRows);
  if (!own.ranks.empty()) return own_words(checkpoint, *own.layout);
  return published_file(checkpoint, *own.layout);
}

}  // namespace

void fit_vocabulary(Checkpoint& checkpoint) {
  SourceVocabulary& vocabulary = checkpoint.vocabulary;
  const WhisperDims& dims = checkpoint.dims;
  if (checkpoint.format == CheckpointFormat::hugging_face ||
      checkpoint.format == CheckpointFormat::ctranslate2) {
    vocabulary = read_folder_vocabulary(checkpoint.weights.parent_path(), checkpoint.notes);
  }
  if (!vocabulary.layout) vocabulary.layout = published_layout(dims.n_vocab, dims.n_mels);
  if (!vocabulary.layout) return;
  const std::int64_t rows = rows_of(*vocabulary.layout);
  if (dims.n_vocab > rows && checkpoint.format != CheckpointFormat::sotto_bundle) {
    leave_out_rows(checkpoint, rows);
  }
}

RankFile rank_file_of(const Checkpoint& checkpoint, const std::filesystem::path& given) {
  RankFile ranks = given.empty() ? own_file(checkpoint) : given_file(checkpoint, given);
  const std::int64_t rows = rows_of(ranks.layout);
  if (checkpoint.dims.n_vocab < rows) refuse_rows(checkpoint, rows);
  if (checkpoint.dims.n_vocab > rows) {
    fail(ErrorKind::mismatch, checkpoint.path.string(), ": expected the ", rows,
         " tokens of its vocabulary, found a model of ", checkpoint.dims.n_vocab);
  }
  return ranks;
}

}  // namespace sotto
