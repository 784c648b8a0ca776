#pragma once

#include <cstdint>

#include "core/base/byte_sink.h"
#include "core/base/tensor.h"

namespace sotto {

/// A constant as it is to stand in a file: its elements times a factor, in float32 or float16.
struct Blob {
  TensorView view;
  float factor = 1.0F;
  DType stored = DType::float32;
};

[[nodiscard]] std::uint64_t bytes_of(const Blob& blob);

/// Whether both are written as the same bytes out of the same place.
[[nodiscard]] bool is_same(const Blob& a, const Blob& b);

/// Writes the elements in row-major order, a piece at a time.
void write_blob(const Blob& blob, ByteSink& sink);

}  // namespace sotto
