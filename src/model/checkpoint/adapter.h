#pragma once

#include <filesystem>

#include "model/checkpoint/adapter_config.h"
#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// A LoRA as PEFT writes it: docs/formats/adapter.md.
struct Adapter {
  AdapterFiles files;
  AdapterConfig config;
  TensorTable tensors;  ///< under the file's own names
};

/// True for a folder with an adapter_config.json, and for one of the files that PEFT writes there.
[[nodiscard]] bool is_adapter(const std::filesystem::path& path);

/// Reads both files. Throws with a sentence that names the one concerned.
[[nodiscard]] Adapter read_adapter(const std::filesystem::path& path);

/// The base with the adapter merged into its weights: W + B·A·alpha/rank, in float32 and rounded to
/// the base's type, for each module of the adapter, and the tensors that it holds whole in the
/// place of the base's. What changes has memory of its own, the rest are the base's views. Throws
/// mismatch, naming a file of the adapter's, unless every tensor of it has a place in the base and
/// its shape, every module that its configuration names has its product and no other has one, and
/// every merged number is finite.
[[nodiscard]] Checkpoint merge_adapter(Checkpoint base, const Adapter& adapter);

}  // namespace sotto
