#pragma once

#include "core/signatures/signatures.h"

// Formats that no few bytes at one place give away, for the table of signatures.

namespace sotto {

/// A ModelProto: its version, and its fields in their order up to a graph or a set of operators.
[[nodiscard]] bool is_onnx(const FileSample& sample);

/// A map whose first key is a name and whose first value a map or an array, as Flax keeps weights.
[[nodiscard]] bool is_flax(const FileSample& sample);

/// A flatbuffer that has the fields of a TFLite model of version 3.
[[nodiscard]] bool is_unnamed_tflite(const FileSample& sample);

/// The program of ExecuTorch: a flatbuffer with the identifier ET and two digits.
[[nodiscard]] bool is_executorch(const FileSample& sample);

/// The length of a JSON header and the header.
[[nodiscard]] bool is_safetensors(const FileSample& sample);

/// The same, with names or the remark of MLX in its header.
[[nodiscard]] bool is_mlx_safetensors(const FileSample& sample);

/// A small version and the name of a model's kind, NUL included.
[[nodiscard]] bool is_ctranslate2(const FileSample& sample);

/// A pickle of protocol 2 to 5, or PyTorch's oldest archive of them.
[[nodiscard]] bool is_pickle(const FileSample& sample);

}  // namespace sotto
