#pragma once

#include <string>

#include "compile/emitters/tflite/tflite_writer.h"
#include "core/graph/graph.h"

namespace sotto::test {

/// A small graph with every operation that lowering leaves, each once or twice: x [1, 6, 8] and
/// y [2, 3, 4] → "z" [1, 12, 8] and "row" [1, 1, 4].
[[nodiscard]] Graph graph_of_everything();

/// The file that the emitter writes of a graph.
[[nodiscard]] std::string own_file(const Graph& graph, WeightType weights = WeightType::float32);

/// The file of that graph under the names "one" and "two", which share its weights.
[[nodiscard]] std::string own_file_of_two(WeightType weights = WeightType::float32);

}  // namespace sotto::test
