#pragma once

#include "checkpoint/torch_bytes.h"

namespace sotto::test {

/// A TorchScript file with the attributes of Silero VAD, by their dotted paths. Every weight is
/// the same number; each storage has room for one element a row more, so that a test can widen a
/// shape.
[[nodiscard]] TorchFile silero_file(float weight);

/// The pickle of a module whose attributes are modules, as the names' dots say.
[[nodiscard]] std::string nested_pickle(const TorchFile& file);

}  // namespace sotto::test
