#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/tensor.h"
#include "core/graph/graph.h"

namespace sotto {

/// One half of a model, in every form that a back end may want: it takes the one it understands.
struct ModelPart {
  std::string name;  ///< "encoder" or "decoder", for messages
  /// The part's TorchScript file; empty when a checkpoint is run without artifacts.
  std::filesystem::path torchscript;
  /// The part's graph for this extent of its variable axis (ignored where it has none). The graph's
  /// constants keep their memory alive by themselves.
  std::function<Graph(std::int64_t length)> graph;
};

/// Names and shapes of what goes in and comes out, in the graph's order; float32 throughout.
struct Signature {
  struct Port {
    std::string name;
    Shape shape;  ///< the longest allowed, where an axis is variable
    std::optional<std::int64_t> variable_axis;
  };
  std::vector<Port> inputs;
  std::vector<Port> outputs;
};
[[nodiscard]] Signature signature_of(const Graph& graph);

/// A loaded part, ready to run. One thread at a time.
class Executable {
 public:
  virtual ~Executable() = default;
  Executable() = default;
  Executable(const Executable&) = delete;
  Executable& operator=(const Executable&) = delete;

  [[nodiscard]] virtual const Signature& signature() const = 0;

  /// Runs once. Inputs and outputs are dense, in the signature's order, with its shapes; a variable
  /// axis may be shorter than the signature says, by the same extent in every port that has it.
  /// Throws mismatch when a shape does not fit.
  virtual void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) = 0;
};

/// Whether a back end can be used here and, where not, one sentence that says why.
struct Availability {
  bool available = false;
  std::string reason;
};

/// Something that runs model parts: this machine's CPU, libtorch, an NPU. It sees no token rules.
class Backend {
 public:
  virtual ~Backend() = default;
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual Availability available() const = 0;
  /// Throws unavailable where available() says no, and format, mismatch or unsupported when the
  /// part is not in a form that this back end runs.
  [[nodiscard]] virtual std::unique_ptr<Executable> load(const ModelPart& part) const = 0;
};

}  // namespace sotto
