#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/tensor.h"
#include "core/bundle/graph_limits.h"
#include "core/graph/graph.h"
#include "core/graph/signature.h"
#include "run/backends/step_observer.h"

namespace sotto {

/// Whose files a back end hands to a runtime that believes what they say.
enum class Trust {
  own_files,  ///< only those that say what Sotto itself writes for the part; others are refused
  any_files,  ///< whatever is in them: TorchScript is a program, and runs with the user's rights
};

/// A file that holds a part.
struct PartFile {
  std::filesystem::path path;
  /// The SHA-256 that it must have, whoever is trusted; empty where it has been compared, or nobody
  /// knows it.
  std::string sha256{};
  /// By what name the part's graph is called in a file that holds several; else empty.
  std::string signature_key{};
};

/// A piece of a model, in every form that it has: a back end takes the one that it runs.
struct ModelPart {
  std::string name;  ///< "encoder", "decoder step", for messages
  /// What its files take and give; where an axis is variable and a file's shapes are fixed, those
  /// are the longest. Without ports where there is no file, and the graph says it.
  Signature signature{};
  /// Its files, by the form in which they are written: the ending of their role in a bundle
  /// ("torchscript", "tflite", "mtk", "tflite@mt8189.dla").
  std::map<std::string, PartFile, std::less<>> files{};
  /// What a run of it may take at most, where a file is not trusted.
  GraphLimits limits{};
  Trust trust = Trust::own_files;
  /// The part's graph for this extent of its variable axis (ignored where it has none); empty where
  /// nobody can build it, as on a device. The graph's constants keep their memory alive by
  /// themselves.
  std::function<Graph(std::int64_t length)> graph{};
  /// Extents of the variable axis, ascending, that will be run so often that a back end which
  /// prepares itself for each should do so for exactly these; above them it may round up coarsely.
  std::vector<std::int64_t> frequent_lengths{};

  /// The file in this form; nullptr where there is none.
  [[nodiscard]] const PartFile* file(std::string_view form) const;
};

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

  /// Bytes of weights, as they lie prepared, that a run reads; 0 where it cannot tell.
  [[nodiscard]] virtual std::int64_t weight_bytes() const { return 0; }

  /// Told when it will not run for a while: what is had again at little cost, such as the pages of
  /// a mapped file, may go until then.
  virtual void rest() {}
};

/// Whether a back end can be used here and, where not, one sentence that says why.
struct Availability {
  bool available = false;
  std::string reason;
};

/// What a back end computes on, where that is not this machine's processor.
struct ComputeDevice {
  /// The library that leads to it, with its version: "libneuron_adapter.so 8.2.26"; empty for this
  /// machine's processor.
  std::string name;
  /// Whether a simulator stands in its place: neither numbers nor times are a device's.
  bool is_simulated = false;
};

/// Something that runs model parts: this machine's CPU, libtorch, an NPU. It sees no token rules.
/// One thread at a time uses a back end, and one an executable; different ones may be used by
/// different threads at once, whatever they were made with.
class Backend {
 public:
  virtual ~Backend() = default;
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual Availability available() const = 0;
  /// The form of the files that it runs (ModelPart::files); empty where it runs graphs.
  [[nodiscard]] virtual std::string_view form() const { return {}; }
  [[nodiscard]] bool runs_graphs() const { return form().empty(); }
  /// The file of a part that it would load; null where there is none that it runs.
  [[nodiscard]] virtual const PartFile* file(const ModelPart& part) const;
  /// Whether a part is in a form that this back end loads.
  [[nodiscard]] virtual bool takes(const ModelPart& part) const;
  /// Whether Executable::bind_input() works for inputs that are not state.
  [[nodiscard]] virtual bool binds_inputs() const { return false; }
  /// Whether it works for state too, and so graphs that write to a cache can be run.
  [[nodiscard]] virtual bool keeps_state() const { return false; }
  /// What it computes on, for whoever records results.
  [[nodiscard]] virtual ComputeDevice device() const { return {}; }
  /// A tensor of zeros in memory that this back end reads and writes with the least effort, such as
  /// memory that it shares with a device: for what is bound, and for inputs and outputs of many
  /// runs.
  [[nodiscard]] virtual Tensor allocate(DType dtype, const Shape& shape) const;
  /// Another one with the same options, for another thread, which shares what this one has packed
  /// of a model's weights; null where each has all of its own.
  [[nodiscard]] virtual std::unique_ptr<Backend> sibling() const { return nullptr; }
  /// Throws unavailable where available() says no, and format, mismatch or unsupported when the
  /// part is not in a form that this back end runs.
  [[nodiscard]] virtual std::unique_ptr<Executable> load(const ModelPart& part) const = 0;
};

/// What an NPU is to spare.
enum class NpuPreference { low_power, fast_answer, sustained_speed, turbo };
/// Before which other programs' graphs it runs these.
enum class NpuPriority { low, medium, high };

/// How an NPU is driven.
struct NpuOptions {
  NpuPreference preference = NpuPreference::sustained_speed;
  NpuPriority priority = NpuPriority::high;
  std::int64_t boost = 100;  ///< of the device's frequency, 0 to 100
};

/// In what a back end computes, where it has a choice.
enum class Precision {
  f32,        ///< float32 throughout
  bf16,       ///< products of many rows in bfloat16, weights of the decoder in bytes
  int8,       ///< products of bytes
  automatic,  ///< the fastest that keeps the text
};

/// What a back end is made with.
struct BackendOptions {
  std::int64_t threads = 0;  ///< to compute with on a CPU; 0: thread_count()
  Precision precision = Precision::f32;
  std::filesystem::path litert;  ///< where LiteRT lies; empty: where it usually does
  std::filesystem::path sdk;     ///< root of MediaTek's SDK; empty: as the environment says
  std::filesystem::path python;  ///< that MediaTek's converter is in; empty: the same
  std::filesystem::path neuron;  ///< NeuronAdapter's library; empty: as usual (docs/neuron.md)
  std::string soc;               ///< whose compiled files are run; empty: the only one's there are
  NpuOptions npu{};
  /// Makes the back ends that compute on another machine, and null for a name that computes here;
  /// empty: all do.
  std::function<std::unique_ptr<Backend>(std::string_view name)> elsewhere{};
  std::shared_ptr<StepObserver> observer{};  ///< of steps, where a back end has them; may be null
};

}  // namespace sotto
