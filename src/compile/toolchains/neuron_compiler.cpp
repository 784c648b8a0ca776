#include "compile/toolchains/neuron_compiler.h"

#include <memory>
#include <span>
#include <vector>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/neuron/neuron_model.h"
#include "core/neuron/neuron_operations.h"

namespace sotto {
namespace {

using namespace neuron;

// What the vendor's own client asks for ahead of time.
constexpr const char* kCompileOptions = "--opt-accuracy --opt 3";
constexpr int kHighPriority = 110;
constexpr std::int32_t kSustainedSpeed = 2;

/// One file on its way through the library.
class Compiler {
 public:
  Compiler(const Api& api, const TfliteModel& model, const tflite::Model& raw,
           const std::string& file, const std::string& extra)
      : api_(api), model_(model), raw_(raw), file_(file), options_(kCompileOptions) {
    if (!extra.empty()) options_ += ' ' + extra;
    check(api_.model_create(&handle_), "NeuronModel_create");
  }
  ~Compiler() {
    if (compilation_ != nullptr) api_.compilation_free(compilation_);
    api_.model_free(handle_);
  }
  Compiler(const Compiler&) = delete;
  Compiler& operator=(const Compiler&) = delete;

  /// The compiled network. The builder's values live until the compilation is finished.
  std::vector<std::byte> run() {
    ModelBuilder builder(api_, handle_, graph(), file_);
    build(builder);
    configure();
    check_supported();
    finish();
    return network();
  }

 private:
  [[nodiscard]] const TfliteSubgraph& graph() const { return model_.subgraphs.front(); }

  void check(Result result, std::string_view function) const {
    api_.check(result, function, file_);
  }

  void build(ModelBuilder& builder) const {
    if (api_.model_set_name != nullptr) {
      check(api_.model_set_name(handle_, graph().name.c_str()), "NeuronModel_setName");
    }
    builder.identify();
    const auto& operators = *raw_.subgraphs()->Get(0)->operators();
    for (std::size_t i = 0; i < graph().operators.size(); ++i) {
      add_operator(builder, graph().operators[i],
                   *operators.Get(static_cast<flatbuffers::uoffset_t>(i)));
    }
    builder.finish();
    check(api_.model_relax_to_float16(handle_, true),
          "NeuronModel_relaxComputationFloat32toFloat16");
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

  /// Older versions cannot be asked; their answer is that of finishing.
  void check_supported() const {
    if (api_.compilation_supported_operations == nullptr) return;
    const std::size_t count = graph().operators.size();
    const auto supported = std::make_unique<bool[]>(count);
    check(api_.compilation_supported_operations(compilation_, static_cast<std::uint32_t>(count),
                                                supported.get()),
          "NeuronCompilation_getSupportedOperations");
    for (std::size_t i = 0; i < count; ++i) {
      if (!supported[i]) refuse(i);
    }
  }

  [[noreturn]] void refuse(std::size_t index) const {
    const TfliteOperator& op = graph().operators[index];
    const TfliteTensor& output = graph().tensors[static_cast<std::size_t>(op.outputs.front())];
    fail(ErrorKind::unsupported, file_, ": the NPU does not take operator ", index, ", ",
         operator_name(op), ", which gives ", output.name, " of ", to_string(output.shape),
         ": run `sotto check` on the file with this target");
  }

  void finish() const {
    const Result result = api_.compilation_finish(compilation_);
    if (result == kUnmappable) {
      fail(ErrorKind::unsupported, file_, ": ", api_.library, " ", api_.version_text(),
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
  const TfliteModel& model_;
  const tflite::Model& raw_;
  const std::string& file_;
  std::string options_;
  ModelHandle* handle_ = nullptr;
  CompilationHandle* compilation_ = nullptr;
};

/// Throws unless the library has what compiling takes.
void require_compiler(const Api& api) {
  constexpr std::string_view kPurpose = "compiling";
  api.require(api.model_relax_to_float16, "NeuronModel_relaxComputationFloat32toFloat16", kPurpose);
  api.require(api.compilation_create_with_options, "NeuronCompilation_createWithOptions", kPurpose);
  api.require(api.compilation_network_size, "NeuronCompilation_getCompiledNetworkSize", kPurpose);
  api.require(api.compilation_store_network, "NeuronCompilation_storeCompiledNetwork", kPurpose);
}

}  // namespace

NeuronCompilation compile_with_neuron(const std::filesystem::path& input,
                                      const std::filesystem::path& output,
                                      const std::filesystem::path& library,
                                      const std::string& extra) {
  const auto file = MappedFile::open(input);
  const std::string source = input.string();
  const TfliteModel model = parse_tflite(file->bytes(), source, file);
  const Api api = load_api(library);
  require_compiler(api);
  const std::vector<std::byte> network =
      Compiler(api, model, *tflite::GetModel(file->bytes().data()), source, extra).run();
  AtomicFile result(output);
  result.write(network);
  result.commit();
  return {api.library, api.version_text(), model.subgraphs.front().operators.size()};
}

}  // namespace sotto
