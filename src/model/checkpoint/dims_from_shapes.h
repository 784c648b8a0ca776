#pragma once

#include <string>

#include "model/checkpoint/checkpoint.h"
#include "model/checkpoint/tensor_names.h"

namespace sotto {

/// The dims of a file that holds weights and no dims: extents of its tensors, one layer for each
/// that has a name, and heads 64 wide, as all of Whisper's are. `name_of` gives the file's names.
/// Throws mismatch, naming `source`, when one of the tensors that say so is not there or of another
/// rank, when the width is no multiple of 64, and as check_dims().
[[nodiscard]] WhisperDims dims_from_shapes(const TensorTable& found, const NameOf& name_of,
                                           const std::string& source);

}  // namespace sotto
