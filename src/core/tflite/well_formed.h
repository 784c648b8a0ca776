#pragma once

#include <string>

#include "core/tflite/tflite_model.h"

namespace sotto {

/// Holds a graph whose numbers are in range to what every reader of the format takes for granted:
/// operators have as many operands as their kind wants, and only an operand that may be left out is
/// −1; what an operator reads was given or computed before; what it writes is no input, no
/// constant, and is written once. Throws format, naming the operator of `place` (a graph) in the
/// file `source`.
void check_well_formed(const TfliteSubgraph& graph, const std::string& place,
                       const std::string& source);

}  // namespace sotto
