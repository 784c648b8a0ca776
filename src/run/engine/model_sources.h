#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/mapped_file.h"
#include "core/base/tensor.h"
#include "core/bundle/alignment_heads.h"
#include "core/bundle/bundle.h"
#include "core/bundle/dims.h"
#include "core/bundle/graph_table.h"
#include "core/bundle/vocabulary_file.h"
#include "run/backends/backend.h"
#include "run/engine/graph_builder.h"

namespace sotto {

/// When the hashes of the files that a vendor's runtime is to run are compared with the manifest's.
enum class HashCheck {
  by_part,  ///< of each, as it is loaded
  done,     ///< they have been, with all others: Bundle::check_hashes()
};

/// Everything that a model is put together from, wherever it came from.
struct ModelSources {
  std::filesystem::path path;
  std::string name;  ///< the published size ("base") or, where there is none, the file's name
  WhisperDims dims;  ///< where the encoder's window is cut, n_audio_ctx is what is left of it
  std::vector<std::string> notes;  ///< what a person should know of how it was read
  AlignmentHeads alignment_heads;  ///< the model's own; empty where none are named
  RankFile vocabulary;
  TensorView embedding;  ///< of tokens, [n_vocab, width]
  std::string embedding_source;
  TensorView positions;  ///< [n_text_ctx, width]; of no elements where only `builder` has them

  /// The files of a graph by their forms (ModelPart::files), and what each of them takes and gives.
  struct GraphFiles {
    Signature signature;
    std::map<std::string, PartFile, std::less<>> files;
  };
  std::map<GraphKind, GraphFiles> graphs;
  std::int64_t prefill_tokens = 0;
  /// Null where there are no weights to build graphs from.
  std::shared_ptr<const GraphBuilder> builder;
  Trust trust = Trust::own_files;

  /// Mel frames (10 ms each) of the encoder's window.
  [[nodiscard]] std::int64_t frames() const { return 2 * dims.n_audio_ctx; }

  /// A graph of the table, in every form that there is; of alignment the one for `layers`.
  [[nodiscard]] ModelPart part(GraphKind kind, std::span<const std::int64_t> layers = {}) const;
};

/// What a bundle has without its weights: all that a device needs. Throws with a sentence that
/// names the file when one of them, or what the manifest says of them, does not fit the model's
/// dims.
[[nodiscard]] ModelSources sources_of(const Bundle& bundle, HashCheck hashes = HashCheck::by_part);

}  // namespace sotto
