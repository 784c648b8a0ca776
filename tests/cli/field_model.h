#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"

#include "checkpoint/checkpoint_bytes.h"
#include "core/base/mapped_file.h"
#include "core/bundle/vocabulary_layout.h"
#include "model/checkpoint/checkpoint.h"
#include "run/tokenizer/vocabulary.h"
#include "support/files.h"
#include "vocabulary/made_tokenizer_files.h"

namespace sotto::test {

/// The model of the repository as a folder of transformers', changed as people change theirs: its
/// vocabulary gets more rows, fewer words, other ids, and so on.
class FieldModel {
 public:
  FieldModel() {
    const Checkpoint demo = read_checkpoint(std::filesystem::path("assets/demo/demo.pt"));
    model_.dims = demo.dims;
    for (const auto& [name, view] : demo.tensors.all()) model_.tensors[name] = stored(view);
    const std::filesystem::path folder = std::getenv("SOTTO_VOCABULARY_DIR");
    const auto file = MappedFile::open(folder / "multilingual.tiktoken");
    const Vocabulary published = Vocabulary::parse(file->bytes(), "multilingual");
    for (TokenId id = 0; id < published.size(); ++id) words.emplace_back(published.bytes_of(id));
  }

  std::vector<std::string> words;  ///< bytes by id
  std::int64_t languages = 99;
  nlohmann::json generation = nlohmann::json::object();  ///< generation_config.json

  [[nodiscard]] std::int64_t rows() const { return model_.dims.n_vocab; }
  [[nodiscard]] std::int64_t end() const { return static_cast<std::int64_t>(words.size()); }

  /// What transformers writes of the ids of such a vocabulary.
  void name_ids() {
    generation["eos_token_id"] = end();
    generation["decoder_start_token_id"] = end() + 1;
    generation["no_timestamps_token_id"] = end() + languages + 7;
  }

  /// More rows at the end, as strong as any, so that a model that may write them would.
  void add_rows(std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      embedding().bytes += row(50264);
      ++model_.dims.n_vocab;
    }
    embedding().shape[0] = model_.dims.n_vocab;
  }

  /// Takes rows off the end.
  void cut_rows(std::int64_t count) {
    model_.dims.n_vocab -= count;
    embedding().shape[0] = model_.dims.n_vocab;
    embedding().bytes.resize(static_cast<std::size_t>(model_.dims.n_vocab) * row_size());
  }

  /// Takes words out, and their rows.
  void remove_word(std::int64_t id) {
    words.erase(words.begin() + id);
    embedding().bytes.erase(static_cast<std::size_t>(id) * row_size(), row_size());
    embedding().shape[0] = --model_.dims.n_vocab;
  }

  /// Lets two words change places, and their rows.
  void swap_words(std::int64_t a, std::int64_t b) {
    std::swap(words[static_cast<std::size_t>(a)], words[static_cast<std::size_t>(b)]);
    const std::string kept = row(a);
    embedding().bytes.replace(static_cast<std::size_t>(a) * row_size(), row_size(), row(b));
    embedding().bytes.replace(static_cast<std::size_t>(b) * row_size(), row_size(), kept);
  }

  /// The tokenizer that belongs to `words`; merges are the first halves that make a token.
  [[nodiscard]] nlohmann::json tokenizer_json() const {
    MadeTokenizer made;
    made.words = words;
    made.languages = languages;
    made.merges.clear();
    std::vector<std::string> longer;
    for (const std::string& word : words) {
      if (word.size() > 1) longer.push_back(word);
    }
    for (const std::string& word : longer)
      made.merges.emplace_back(word.substr(0, 1), word.substr(1));
    return made.tokenizer_json();
  }

  void write(const std::filesystem::path& folder) const {
    std::filesystem::create_directories(folder);
    write_file(folder / "config.json", hugging_face_config(model_.dims));
    write_file(folder / "model.safetensors", safetensors(hugging_face_tensors(model_)));
    if (!generation.empty()) write_file(folder / "generation_config.json", generation.dump());
  }

 private:
  static StoredTensor stored(const TensorView& view) {
    StoredTensor tensor{view.dtype, view.shape, std::string()};
    tensor.bytes.resize(static_cast<std::size_t>(num_elements(view.shape)) * size_of(view.dtype));
    read_elements(view, 0, std::as_writable_bytes(std::span(tensor.bytes)));
    return tensor;
  }
  StoredTensor& embedding() { return model_.tensors.at("decoder.token_embedding.weight"); }
  [[nodiscard]] std::size_t row_size() {
    return static_cast<std::size_t>(embedding().shape[1]) * size_of(embedding().dtype);
  }
  std::string row(std::int64_t id) {
    return embedding().bytes.substr(static_cast<std::size_t>(id) * row_size(), row_size());
  }

  SmallModel model_;
};

}  // namespace sotto::test
