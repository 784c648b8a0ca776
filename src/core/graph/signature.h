#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/dtype.h"
#include "core/base/shape.h"
#include "core/graph/graph.h"

namespace sotto {

/// Names, shapes and types of what goes into a graph and comes out, in the graph's order.
struct Signature {
  struct Port {
    std::string name;
    Shape shape;  ///< the longest allowed, where an axis is variable
    std::optional<std::int64_t> variable_axis{};
    DType dtype = DType::float32;
    bool is_state = false;  ///< a cache: running writes to it, or reads what was kept
    bool is_resident =
        false;  ///< an input that stays where it is from run to run; others pass anew
    bool operator==(const Port&) const = default;
  };
  std::vector<Port> inputs;
  std::vector<Port> outputs;
  bool operator==(const Signature&) const = default;

  [[nodiscard]] bool empty() const { return inputs.empty() && outputs.empty(); }
};

/// What a graph says of itself: that an input is state, but not that it is resident, which is the
/// choice of whoever runs it.
[[nodiscard]] Signature signature_of(const Graph& graph);

}  // namespace sotto
