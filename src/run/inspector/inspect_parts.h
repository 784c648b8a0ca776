#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/checkpoint/checkpoint.h"
#include "run/inspector/inspection.h"

// The parts of inspect(): one function per kind of thing, each filling an Inspection whose path and
// size are set. They throw what their readers throw.

namespace sotto {

/// The graph without its weights.
[[nodiscard]] GraphInfo describe(const Graph& graph);

/// Operators by how often there are, as GraphInfo has them.
[[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> most_frequent_first(
    const std::map<std::string, std::int64_t>& counts);

/// Dims, tensors and all graphs of a checkpoint of any format.
void inspect_checkpoint(Inspection& inspection);

/// What the configuration of an adapter says, and its tensors.
void inspect_adapter(Inspection& inspection);

/// The manifest, and through the bundle's own weights its tensors and graphs.
void inspect_bundle(Inspection& inspection);

/// A zip archive of PyTorch: OpenAI's checkpoint, or a TorchScript module.
void inspect_torch_file(Inspection& inspection);

void inspect_npy(Inspection& inspection);
void inspect_json(Inspection& inspection);
void inspect_safetensors(Inspection& inspection);

/// The graphs of a TFLite file, its signatures and what else it says about itself.
void inspect_tflite(Inspection& inspection);

/// A tiktoken rank file.
void inspect_vocabulary(Inspection& inspection);

}  // namespace sotto
