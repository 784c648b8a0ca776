#pragma once

#include "core/neuron/neuron_model.h"

namespace sotto::neuron {

/// Adds an operator of a TFLite file in MediaTek's form: its tensors, then what its options say.
/// `raw` is the same operator in the file's own tables. Throws unsupported, naming the operator,
/// for those that Sotto's graphs do not have.
void add_operator(ModelBuilder& model, const TfliteOperator& op, const tflite::Operator& raw);

}  // namespace sotto::neuron
