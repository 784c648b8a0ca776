#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/tensor.h"
#include "core/bundle/dims.h"
#include "model/vocabulary/folder_vocabulary.h"

namespace sotto {

/// Tensors by their OpenAI names.
class TensorTable {
 public:
  /// Throws format when the name is there already.
  void add(std::string name, TensorView view);

  /// Throws internal when the name is missing: a complete table holds all of weight_table().
  [[nodiscard]] const TensorView& at(std::string_view name) const;
  [[nodiscard]] bool contains(std::string_view name) const;
  [[nodiscard]] std::size_t size() const { return tensors_.size(); }
  [[nodiscard]] const std::unordered_map<std::string, TensorView>& all() const { return tensors_; }

 private:
  std::unordered_map<std::string, TensorView> tensors_;
};

enum class CheckpointFormat { openai, hugging_face, ctranslate2, sotto_bundle };
[[nodiscard]] std::string_view to_string(CheckpointFormat format);

/// The files of an adapter.
struct AdapterFiles {
  std::filesystem::path config;   ///< adapter_config.json
  std::filesystem::path weights;  ///< adapter_model.safetensors or adapter_model.bin
};

/// A Whisper model as it lies on the disk: dims and views of the mapped weights, nothing copied but
/// what an adapter was merged into.
struct Checkpoint {
  std::filesystem::path path;     ///< what the caller named
  std::filesystem::path weights;  ///< the file that holds the weights; of several, the first
  CheckpointFormat format = CheckpointFormat::openai;
  WhisperDims dims;
  TensorTable tensors;  ///< exactly weight_table(dims), each with its shape
  /// (layer, head) pairs for word timestamps, where the source names them.
  std::optional<std::vector<std::pair<std::int64_t, std::int64_t>>> alignment_heads;
  /// What it says of its words; the layout is nullopt where no model of these dims is known.
  SourceVocabulary vocabulary;
  /// What a person should know of how it was read, a sentence each.
  std::vector<std::string> notes;
  std::optional<AdapterFiles> adapter;  ///< merged into the weights; the rest is of its base
};

/// What a checkpoint is read from.
struct CheckpointSource {
  // NOLINTNEXTLINE(google-explicit-constructor): a path alone is a source, too.
  CheckpointSource(std::filesystem::path path_of_it, std::filesystem::path base_of_it = {})
      : path(std::move(path_of_it)), base(std::move(base_of_it)) {}

  std::filesystem::path path;
  std::filesystem::path base;  ///< where `path` is an adapter, what it is merged into; else empty
};

/// Reads whatever `path` is: OpenAI's `.pt`, what trainers save in its place, a Hugging Face folder
/// (config.json + *.safetensors) or one of its files, a CTranslate2 folder (config.json +
/// model.bin) or that model.bin itself, or a Sotto bundle (its TorchScript files), or an adapter
/// together with a base that is one of these. Throws with a sentence that names the file, what was
/// expected and what was found; usage where an adapter comes without its base, or a base with what
/// is no adapter. Nothing in the file is executed.
[[nodiscard]] Checkpoint read_checkpoint(const CheckpointSource& source);

/// Throws mismatch, naming the file and the first tensor concerned, unless `tensors` holds exactly
/// weight_table(dims), each of a float type and with its shape, and unless the bytes of them all
/// are at most twice those that they lie in. Called by every reader.
void check_tensors(const TensorTable& tensors, const WhisperDims& dims, const std::string& source);

/// The last of that alone: views may share elements, but what is computed or written out of them
/// must stay in proportion to what the file stores.
void check_sharing(const TensorTable& tensors, const std::string& source);

}  // namespace sotto
