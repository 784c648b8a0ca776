#pragma once

#include "core/base/byte_sink.h"
#include "core/base/tensor.h"

namespace sotto {

/// Writes a NumPy `.npy` file (format version 1.0) of float32 or float16 in C order, the elements
/// beginning at a multiple of 64 bytes; other floats are widened or rounded on the way, a chunk at
/// a time. Throws unsupported for integers.
void write_npy(const TensorView& view, ByteSink& sink, DType stored = DType::float32);

}  // namespace sotto
