#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// What OpenAI's name of a tensor is in another format.
using NameOf = std::function<std::string(std::string_view)>;

/// The tensors of weight_table(dims) out of `found`, which has them under the names that `name_of`
/// gives. Throws mismatch, naming `source` and the first tensor concerned, when one is missing or
/// one is left over. Shapes are check_tensors()'s business.
[[nodiscard]] TensorTable rename_tensors(const TensorTable& found, const WhisperDims& dims,
                                         const NameOf& name_of, const std::string& source);

/// TensorTable::add with `source` in the sentence when the name is there already.
void add_tensor(TensorTable& table, std::string name, TensorView view, const std::string& source);

/// Throws mismatch, naming `source` and `head_name`, unless both views hold the same numbers.
/// Whisper multiplies by its token embedding at the end; a file that keeps that matrix a second
/// time must keep the same. Views of the same bytes are not read.
void check_tied(const TensorView& embedding, const TensorView& head, std::string_view head_name,
                const std::string& source);

}  // namespace sotto
