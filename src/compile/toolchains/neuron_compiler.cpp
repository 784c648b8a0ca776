#include "compile/toolchains/neuron_compiler.h"

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "compile/toolchains/neuron_layer_norm.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/neuron/neuron_model.h"
#include "core/neuron/neuron_operations.h"
#include "core/neuron/simulation.h"

namespace sotto {
namespace {

using namespace neuron;

// What the vendor's own client asks for ahead of time.
constexpr const char* kCompileOptions = "--opt-accuracy --opt 3";
constexpr int kHighPriority = 110;
constexpr std::int32_t kSustainedSpeed = 2;

/// What is compiled, and how its parts are called.
struct Source {
  std::string file;
  const TfliteModel& model;
  const tflite::Model& raw;

  [[nodiscard]] const TfliteSubgraph& graph() const { return model.subgraphs.front(); }
  [[nodiscard]] const tflite::SubGraph& raw_graph() const { return *raw.subgraphs()->Get(0); }
};

/// One file on its way through the library.
class Compiler {
 public:
  Compiler(const Api& api, const Source& source, std::vector<NeuronStep> steps,
           const std::string& extra)
      : api_(api), source_(source), steps_(std::move(steps)), options_(kCompileOptions) {
    if (!extra.empty()) options_ += ' ' + extra;
    builder_.emplace(api_, created(), graph(), source_.file);
  }
  ~Compiler() {
    if (compilation_ != nullptr) api_.compilation_free(compilation_);
    api_.model_free(handle_);
  }
  Compiler(const Compiler&) = delete;
  Compiler& operator=(const Compiler&) = delete;

  /// Builds the model. Values that the builder makes live as long as this.
  void build() {
    if (api_.model_set_name != nullptr) {
      check(api_.model_set_name(handle_, graph().name.c_str()), "NeuronModel_setName");
    }
    builder_->identify();
    const auto& operators = *source_.raw_graph().operators();
    for (const NeuronStep& step : steps_) {
      if (step.norm != nullptr) {
        add(*step.norm);
      } else {
        add_operator(*builder_, graph().operators[step.place],
                     *operators.Get(static_cast<flatbuffers::uoffset_t>(step.place)));
      }
    }
    builder_->finish();
    check(api_.model_relax_to_float16(handle_, true),
          "NeuronModel_relaxComputationFloat32toFloat16");
    configure();
  }

  /// Whether the compiler says that it takes all layer norms as the vendor's operation.
  [[nodiscard]] bool takes_layer_norms() const {
    if (api_.compilation_supported_operations == nullptr) return false;
    const auto supported = std::make_unique<bool[]>(steps_.size());
    if (ask(supported.get()) != kOk) return false;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (steps_[i].norm != nullptr && !supported[i]) return false;
    }
    return true;
  }

  /// The compiled network.
  std::vector<std::byte> run() {
    check_supported();
    finish();
    return network();
  }

  [[nodiscard]] std::size_t operations() const { return steps_.size(); }

 private:
  [[nodiscard]] const TfliteSubgraph& graph() const { return source_.graph(); }

  void check(Result result, std::string_view function) const {
    api_.check(result, function, source_.file);
  }

  ModelHandle* created() {
    check(api_.model_create(&handle_), "NeuronModel_create");
    return handle_;
  }

  void add(const TfliteLayerNorm& norm) {
    const auto axes = graph().tensors[static_cast<std::size_t>(norm.output)].shape.size();
    const std::vector<std::uint32_t> inputs{
        builder_->tensor(norm.input), builder_->integers({static_cast<std::int32_t>(axes) - 1}),
        builder_->tensor(norm.scale), builder_->tensor(norm.offset),
        builder_->scalar(norm.epsilon)};
    builder_->add_general(kLayerNormalization, inputs, {norm.output});
  }

  void configure() {
    check(api_.compilation_create_with_options(handle_, &compilation_, options_.c_str()),
          "NeuronCompilation_createWithOptions");
    check(api_.compilation_set_priority(compilation_, kHighPriority),
          "NeuronCompilation_setPriority");
    check(api_.compilation_set_preference(compilation_, kSustainedSpeed),
          "NeuronCompilation_setPreference");
    std::uint32_t l1 = 0;
    if (api_.get_l1_memory_kb != nullptr && api_.compilation_set_l1_memory_kb != nullptr &&
        api_.get_l1_memory_kb(&l1) == kOk && l1 > 0) {
      check(api_.compilation_set_l1_memory_kb(compilation_, l1),
            "NeuronCompilation_setL1MemorySizeKb");
    }
  }

  [[nodiscard]] Result ask(bool* supported) const {
    return api_.compilation_supported_operations(
        compilation_, static_cast<std::uint32_t>(steps_.size()), supported);
  }

  /// Older versions cannot be asked; their answer is that of finishing.
  void check_supported() const {
    if (api_.compilation_supported_operations == nullptr) return;
    const auto supported = std::make_unique<bool[]>(steps_.size());
    check(ask(supported.get()), "NeuronCompilation_getSupportedOperations");
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (!supported[i]) refuse(steps_[i]);
    }
  }

  [[noreturn]] void refuse(const NeuronStep& step) const {
    const TfliteOperator& op = graph().operators[step.place];
    const TfliteTensor& output = graph().tensors[static_cast<std::size_t>(op.outputs.front())];
    if (step.norm != nullptr) {
      fail(ErrorKind::unsupported, source_.file, ": the NPU does not take ", kLayerNormalization,
           ", which gives ", output.name, " of ", to_string(output.shape), ": compile with ",
           Option{"layer-norm", "decomposed"});
    }
    fail(ErrorKind::unsupported, source_.file, ": the NPU does not take operator ", step.place,
         ", ", operator_name(op), ", which gives ", output.name, " of ", to_string(output.shape),
         ": run `sotto check` on the file with this target");
  }

  void finish() const {
    const Result result = api_.compilation_finish(compilation_);
    if (result == kUnmappable) {
      fail(ErrorKind::unsupported, source_.file, ": ", api_.library, " ", api_.version_text(),
           " cannot map the graph to the NPU (NEURON_UNMAPPABLE): run `sotto check` on the file "
           "with this target");
    }
    check(result, "NeuronCompilation_finish");
  }

  [[nodiscard]] std::vector<std::byte> network() const {
    std::size_t bytes = 0;
    check(api_.compilation_network_size(compilation_, &bytes),
          "NeuronCompilation_getCompiledNetworkSize");
    std::vector<std::byte> network(bytes);
    check(api_.compilation_store_network(compilation_, network.data(), network.size()),
          "NeuronCompilation_storeCompiledNetwork");
    return network;
  }

  const Api& api_;
  const Source& source_;
  std::vector<NeuronStep> steps_;
  std::string options_;
  ModelHandle* handle_ = nullptr;
  CompilationHandle* compilation_ = nullptr;
  std::optional<ModelBuilder> builder_;
};

/// Throws unless the library has what compiling takes.
void require_compiler(const Api& api) {
  constexpr std::string_view kPurpose = "compiling";
  api.require(api.model_relax_to_float16, "NeuronModel_relaxComputationFloat32toFloat16", kPurpose);
  api.require(api.compilation_create_with_options, "NeuronCompilation_createWithOptions", kPurpose);
  api.require(api.compilation_network_size, "NeuronCompilation_getCompiledNetworkSize", kPurpose);
  api.require(api.compilation_store_network, "NeuronCompilation_storeCompiledNetwork", kPurpose);
}

void require_layer_norm(const Api& api) {
  constexpr std::string_view kPurpose = "a layer norm of the vendor's";
  api.require(api.model_extension_operand_type, "NeuronModel_getExtensionOperandType", kPurpose);
  api.require(api.model_extension_operation_type, "NeuronModel_getExtensionOperationType",
              kPurpose);
}

/// A compiler with the graph in it, and what became of the layer norms.
struct Built {
  std::unique_ptr<Compiler> compiler;
  std::string layer_norms;
};

std::string count_of(const std::vector<TfliteLayerNorm>& norms) {
  return concat(norms.size(), norms.size() == 1 ? " layer norm" : " layer norms");
}

Built build_as_vendors(const Api& api, const Source& source,
                       const std::vector<TfliteLayerNorm>& norms, const std::string& extra) {
  auto compiler = std::make_unique<Compiler>(api, source, steps_of(source.graph(), norms), extra);
  compiler->build();
  return {std::move(compiler), concat(count_of(norms), " as ", kLayerNormalization)};
}

Built build_decomposed(const Api& api, const Source& source,
                       const std::vector<TfliteLayerNorm>& norms, const std::string& extra) {
  auto compiler = std::make_unique<Compiler>(api, source, steps_of(source.graph(), {}), extra);
  compiler->build();
  return {std::move(compiler),
          norms.empty() ? std::string() : concat(count_of(norms), " decomposed")};
}

Built build(const Api& api, const Source& source, const std::vector<TfliteLayerNorm>& norms,
            const NeuronCompilerOptions& options) {
  if (norms.empty() || options.layer_norm == LayerNormForm::decomposed) {
    return build_decomposed(api, source, norms, options.extra);
  }
  const bool has_extensions =
      api.model_extension_operand_type != nullptr && api.model_extension_operation_type != nullptr;
  if (options.layer_norm == LayerNormForm::vendor) {
    require_layer_norm(api);
    return build_as_vendors(api, source, norms, options.extra);
  }
  if (has_extensions) {
    Built built = build_as_vendors(api, source, norms, options.extra);
    if (built.compiler->takes_layer_norms()) return built;
  }
  Built built = build_decomposed(api, source, norms, options.extra);
  built.layer_norms += concat(": the NPU does not say that it takes ", kLayerNormalization);
  return built;
}

}  // namespace

NeuronCompilation compile_with_neuron(const std::filesystem::path& input,
                                      const std::filesystem::path& output,
                                      const std::filesystem::path& library,
                                      const NeuronCompilerOptions& options) {
  const auto file = MappedFile::open(input);
  const TfliteModel model = parse_tflite(file->bytes(), input.string(), file);
  const Source source{input.string(), model, *tflite::GetModel(file->bytes().data())};
  const Api api = load_api(library);
  require_compiler(api);
  const auto norms = find_layer_norms(source.graph(), source.raw_graph());
  const Built built = build(api, source, norms, options);
  const std::vector<std::byte> network = built.compiler->run();
  AtomicFile result(output);
  result.write(network);
  result.commit();
  const std::string mark(api.is_simulation ? kSimulatedMark : "");
  return {api.library, api.version_text() + mark, source.graph().operators.size(),
          built.compiler->operations(), built.layer_norms};
}

}  // namespace sotto
