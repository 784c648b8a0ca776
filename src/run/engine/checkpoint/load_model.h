#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "core/bundle/bundle.h"
#include "model/checkpoint/checkpoint.h"
#include "run/engine/model.h"
#include "run/engine/model_sources.h"

// Models with their weights at hand, as a host has them: graphs can be built of them.

namespace sotto {

/// A bundle with the weights of its TorchScript files, which are read when a graph is first asked
/// for; a bundle that has none is as on a device.
[[nodiscard]] ModelSources sources_with_weights(const Bundle& bundle,
                                                HashCheck hashes = HashCheck::by_part);

/// A model straight from its weights, for a window of `frames`, 0 for the model's own. Of a bundle
/// the embedding is looked up in the weights too, as its decoder holds them.
[[nodiscard]] ModelSources sources_with_weights(const CheckpointSource& source,
                                                std::int64_t frames = 0);

/// Loads a bundle, or a checkpoint of any format that read_checkpoint() knows. Of a bundle
/// everything comes out of its own files: weights from its TorchScript files, rows from its
/// token_embedding.npy, the vocabulary that it carries. Throws what reading them and Model::load()
/// throw.
[[nodiscard]] Model load_model(const std::filesystem::path& path, const ModelOptions& options = {});
[[nodiscard]] Model load_model(const Bundle& bundle, const ModelOptions& options,
                               HashCheck hashes = HashCheck::by_part);

/// The unsplit model on the cpu back end, straight from the weights, over a cache whatever the
/// loop: what a user would call fast. `frames` is the encoder's window, 0 for the model's own.
[[nodiscard]] Model load_unsplit(const CheckpointSource& source, std::int64_t frames,
                                 const BackendOptions& options = {});

}  // namespace sotto
