#pragma once

#include <cstdint>

#include "core/base/tensor.h"

namespace sotto {

/// What the encoder makes of one window of audio, in the form that the decoder in use reads (see
/// DecoderKind); tensors that it does not read are empty.
struct EncodedWindow {
  Tensor encoder_output;            ///< [1, audio length, width]
  Tensor cross_keys, cross_values;  ///< of every layer (graph_signatures.h)
  std::uint64_t number = 0;         ///< counts what was encoded into it
};

}  // namespace sotto
