#include "run/engine/checkpoint/load_model.h"

#include <memory>
#include <string>
#include <utility>

#include "model/checkpoint/bundle_reader.h"
#include "model/checkpoint/checkpoint_vocabulary.h"
#include "run/engine/checkpoint/checkpoint_graphs.h"
#include "run/engine/stopwatch.h"

namespace sotto {
namespace {

std::string model_name(const Checkpoint& checkpoint) {
  const auto size = size_name(checkpoint.dims);
  return size ? std::string(*size) : checkpoint.path.stem().string();
}

CheckpointGraphs::Window window_of(const ModelSources& sources) {
  return {sources.frames(), sources.prefill_tokens};
}

/// The model of what `read` gives, whose reading counts as loading.
template <class Read>
Model loaded(const Read& read, const ModelOptions& options) {
  const Stopwatch reading;
  ModelSources sources = read();
  const double seconds = reading.seconds();
  Model model = Model::load(std::move(sources), options);
  model.add_load_time(seconds);
  return model;
}

}  // namespace

ModelSources sources_with_weights(const Bundle& bundle, HashCheck hashes) {
  ModelSources sources = sources_of(bundle, hashes);
  if (!holds_weights(bundle)) return sources;
  const auto read = [bundle] {
    return std::make_shared<const Checkpoint>(read_bundle_weights(bundle));
  };
  sources.builder = std::make_shared<const CheckpointGraphs>(read, window_of(sources));
  return sources;
}

ModelSources sources_with_weights(const CheckpointSource& source, std::int64_t frames) {
  const auto checkpoint = std::make_shared<const Checkpoint>(read_checkpoint(source));
  ModelSources sources;
  sources.path = source.path;
  sources.name = model_name(*checkpoint);
  sources.dims = checkpoint->dims;
  if (frames > 0) sources.dims.n_audio_ctx = frames / 2;
  sources.notes = checkpoint->notes;
  sources.alignment_heads = checkpoint->alignment_heads.value_or(AlignmentHeads{});
  sources.vocabulary = rank_file_of(*checkpoint);
  sources.embedding = checkpoint->tensors.at("decoder.token_embedding.weight");
  sources.embedding_source = checkpoint->weights.string();
  sources.positions = checkpoint->tensors.at("decoder.positional_embedding");
  sources.prefill_tokens = usual_prefill_tokens(checkpoint->dims);
  sources.builder = std::make_shared<const CheckpointGraphs>([checkpoint] { return checkpoint; },
                                                             window_of(sources));
  return sources;
}

Model load_model(const std::filesystem::path& path, const ModelOptions& options) {
  if (Bundle::is_bundle(path)) return load_model(Bundle::open(path), options);
  return loaded([&] { return sources_with_weights(CheckpointSource(path)); }, options);
}

Model load_model(const Bundle& bundle, const ModelOptions& options, HashCheck hashes) {
  return loaded([&] { return sources_with_weights(bundle, hashes); }, options);
}

Model load_unsplit(const CheckpointSource& source, std::int64_t frames,
                   const BackendOptions& options) {
  return loaded([&] { return sources_with_weights(source, frames); },
                {.backend_options = options, .decoder = DecoderKind::stateful});
}

}  // namespace sotto
