#include "model/checkpoint/loose_weights.h"

#include "model/checkpoint/dims_from_shapes.h"
#include "model/checkpoint/tensor_names.h"
#include "model/checkpoint/weight_names.h"

namespace sotto {
namespace {

constexpr std::string_view kEmbedding = "decoder.token_embedding.weight";

// Whisper multiplies by its token embedding at the end, which Hugging Face's files may hold a
// second time, or under that name alone.
TensorTable with_one_embedding(const TensorTable& found, const WeightNames& names,
                               const std::string& source) {
  const std::string head = names.head();
  if (head.empty()) return found;
  const std::string embedding = names(kEmbedding);
  const bool is_alone = !found.contains(embedding);
  if (!is_alone) check_tied(found.at(embedding), found.at(head), head, source);
  TensorTable rest;
  for (const auto& [name, view] : found.all()) {
    if (name != head) {
      rest.add(name, view);
    } else if (is_alone) {
      rest.add(embedding, view);
    }
  }
  return rest;
}

}  // namespace

Checkpoint model_of(const TensorTable& found, const std::optional<WhisperDims>& dims,
                    const std::string& source) {
  const WeightNames names(found, source);
  const TensorTable weights = with_one_embedding(found, names, source);
  Checkpoint checkpoint;
  checkpoint.format =
      names.is_hugging_face() ? CheckpointFormat::hugging_face : CheckpointFormat::openai;
  checkpoint.dims = dims ? *dims : dims_from_shapes(weights, names, source);
  checkpoint.tensors = rename_tensors(weights, checkpoint.dims, names, source);
  check_tensors(checkpoint.tensors, checkpoint.dims, source);
  return checkpoint;
}

}  // namespace sotto
