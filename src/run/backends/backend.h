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

/// Whose files a back end hands to a runtime that believes what they say.
enum class Trust {
  own_files,  ///< only those that say what Sotto itself writes for the part; others are refused
  any_files,  ///< whatever is in them: TorchScript is a program, and runs with the user's rights
};

/// A piece of a model, in every form that a back end may want: it takes the one it understands.
struct ModelPart {
  std::string name;  ///< "encoder", "decoder", for messages
  /// The part's TorchScript file; empty when a checkpoint is run without artifacts.
  std::filesystem::path torchscript;
  /// The part's graph for this extent of its variable axis (ignored where it has none). The graph's
  /// constants keep their memory alive by themselves.
  std::function<Graph(std::int64_t length)> graph;
  /// Extents of the variable axis, ascending, that will be run so often that a back end which
  /// prepares itself for each should do so for exactly these; above them it may round up coarsely.
  std::vector<std::int64_t> frequent_lengths{};
  /// The part's file for TFLite's own runtime, and the one that MediaTek's converter made; empty
  /// where there is none. Their shapes are fixed: a variable axis has its longest extent.
  std::filesystem::path tflite{};
  std::filesystem::path mtk_tflite{};
  Trust trust = Trust::own_files;
  /// The SHA-256 that the file at `torchscript` must have, whoever is trusted; empty where it has
  /// been compared, or nobody knows it.
  std::string torchscript_sha256{};
};

/// Names, shapes and types of what goes in and comes out, in the graph's order.
struct Signature {
  struct Port {
    std::string name;
    Shape shape;  ///< the longest allowed, where an axis is variable
    std::optional<std::int64_t> variable_axis;
    DType dtype = DType::float32;
    bool is_state = false;  ///< an input that running writes to: a cache
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

  /// From now on every run reads input `index` where this tensor lies, without a copy, and writes
  /// to it too if the input is state; so state must be bound before the first run. The tensor has
  /// the port's shape (of state, the first axis may be longer), no variable axis, and lives until
  /// another is bound in its place or the executable goes; it may change between runs. Throws
  /// mismatch when it does not fit, unsupported where nothing can be bound.
  virtual void bind_input(std::size_t index, Tensor& tensor);

  /// Runs once. Inputs and outputs are dense, in the signature's order, with its shapes; a variable
  /// axis may be shorter than the signature says, by the same extent in every port that has it. The
  /// pointers of bound inputs are null. Throws mismatch when a shape does not fit.
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
  /// Whether it runs a part's graph itself; one that does not needs the part's file.
  [[nodiscard]] virtual bool runs_graphs() const { return false; }
  /// Whether a part is in a form that this back end loads.
  [[nodiscard]] virtual bool takes(const ModelPart& /*part*/) const { return runs_graphs(); }
  /// Whether Executable::bind_input() works for inputs that are not state.
  [[nodiscard]] virtual bool binds_inputs() const { return false; }
  /// Whether it works for state too, and so graphs that write to a cache can be run.
  [[nodiscard]] virtual bool keeps_state() const { return false; }
  /// Throws unavailable where available() says no, and format, mismatch or unsupported when the
  /// part is not in a form that this back end runs.
  [[nodiscard]] virtual std::unique_ptr<Executable> load(const ModelPart& part) const = 0;
};

}  // namespace sotto
