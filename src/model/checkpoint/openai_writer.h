#pragma once

#include <filesystem>

#include "core/base/target_lock.h"
#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// Writes the checkpoint as OpenAI's `.pt` (docs/formats/openai-checkpoint.md): dims and the state
/// dict in the order of weight_table(), every tensor in its own dtype. The file appears complete or
/// not at all, the same checkpoint gives the same bytes, and memory does not grow with it. Loads in
/// PyTorch 1.13 and later, with weights_only too. Where another process writes that file so it
/// waits, and `on_wait` is told before. Throws io.
void write_openai_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path,
                             const OnWait& on_wait = {});

}  // namespace sotto
