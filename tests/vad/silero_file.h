#pragma once

#include "checkpoint/torch_bytes.h"

namespace sotto::test {

/// A TorchScript file with the attributes of Silero VAD, by their dotted paths. All weights are
/// views of one and the same number, so it is small.
[[nodiscard]] TorchFile silero_file(float weight);

/// The pickle of a module whose attributes are modules, as the names' dots say.
[[nodiscard]] std::string nested_pickle(const TorchFile& file);

}  // namespace sotto::test
