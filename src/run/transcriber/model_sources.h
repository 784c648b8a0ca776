#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/base/tensor.h"
#include "model/checkpoint/checkpoint.h"
#include "model/checkpoint/checkpoint_vocabulary.h"
#include "run/backends/backend.h"
#include "run/transcriber/attention_reader.h"

namespace sotto {

/// The pieces that a model runs in.
enum class PartKind { encoder, decoder, crosskv_encoder, step, prefill };

/// Everything that a model is put together from, wherever it came from.
struct ModelSources {
  /// Of a bundle without TorchScript files an outline: shapes, but no weights.
  std::shared_ptr<const Checkpoint> checkpoint;
  bool has_weights = true;
  std::filesystem::path path;
  std::string name;
  std::int64_t frames = 0;
  RankFile vocabulary;
  TensorView embedding, positions;  ///< of tokens; [n_vocab, width] and [n_text_ctx, width]
  std::string embedding_source;

  /// A piece's files; empty paths where there are none.
  struct Files {
    std::filesystem::path torchscript, tflite, mtk_tflite;
    std::string torchscript_sha256;
  };
  std::map<PartKind, Files> files;
  std::int64_t prefill_tokens = 0;
  Trust trust = Trust::own_files;
  AlignmentSource alignment;

  /// A bundle: weights from its TorchScript files, rows and vocabulary from its own.
  [[nodiscard]] static ModelSources of_bundle(const std::filesystem::path& path);
  /// Anything that read_checkpoint() reads, for a window of `frames`; 0 means the model's own.
  [[nodiscard]] static ModelSources of_weights(const CheckpointSource& source, std::int64_t frames);

  /// Leaves out the hashes that loading a part would compare, for somebody has compared all.
  void forget_hashes();

  [[nodiscard]] ModelPart part(PartKind kind) const;
};

}  // namespace sotto
