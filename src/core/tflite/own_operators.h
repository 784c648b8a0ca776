#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "core/tflite/tflite_model.h"

namespace sotto {

/// One operator of a checked file: as it was read, and as it is stored.
struct StoredOperator {
  const TfliteSubgraph& graph;
  const TfliteOperator& op;
  const tflite::Operator& stored;
};

/// Throws unsupported with half a sentence ("has …", "is …") unless the operator is what Sotto's
/// own emitter writes for an operation of a lowered graph: of its version, with its options and as
/// many operands of its types, with the integers that say how it works as constants in range, and
/// with an output of the very shape that the operation gives these operands.
void check_own_operator(const StoredOperator& op);

}  // namespace sotto
