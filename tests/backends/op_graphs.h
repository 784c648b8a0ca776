#pragma once

#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace sotto::test {

/// A small graph that exercises one operation, or one way in which operations meet.
struct OpGraph {
  std::string name;
  Graph graph;
};

[[nodiscard]] std::vector<OpGraph> op_graphs();

}  // namespace sotto::test
