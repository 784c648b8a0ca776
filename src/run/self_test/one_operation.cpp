#include "run/self_test/one_operation.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "core/base/error.h"
#include "core/neuron/neuron_model.h"
#include "core/neuron/neuron_operations.h"
#include "run/backends/neuron/padded_copy.h"
#include "run/backends/neuron/padded_port.h"

namespace sotto {
namespace {

using namespace neuron;

constexpr int kHighPriority = 110;
constexpr std::int32_t kSustainedSpeed = 2;

/// Frees what the library made, the last first.
struct Handles {
  const Api& api;
  ModelHandle* model = nullptr;
  CompilationHandle* compilation = nullptr;
  ExecutionHandle* execution = nullptr;

  explicit Handles(const Api& library) : api(library) {}
  ~Handles() {
    if (execution != nullptr) api.execution_free(execution);
    if (compilation != nullptr) api.compilation_free(compilation);
    if (model != nullptr) api.model_free(model);
  }
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
};

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// One operation on its way through the library.
class Trial {
 public:
  Trial(const Api& api, const OperationCase& one, const CaseValues& values)
      : api_(api),
        one_(one),
        values_(values),
        handles_(api),
        what_(concat(one.operation, ' ', one.description)) {}

  OperationRun run() {
    api_.require(api_.model_relax_to_float16, "NeuronModel_relaxComputationFloat32toFloat16",
                 "trying an operation");
    OperationRun result;
    const auto start = Clock::now();
    compile();
    result.compile_seconds = seconds_since(start);
    check(api_.execution_create(handles_.compilation, &handles_.execution),
          "NeuronExecution_create");
    bind();
    const auto begin = Clock::now();
    check(api_.execution_compute(handles_.execution), "NeuronExecution_compute");
    result.run_seconds = seconds_since(begin);
    const Shape& shape = one_.output().shape;
    result.output.resize(static_cast<std::size_t>(num_elements(shape)));
    copy_rows(output_.data(), output_shape_, result.output.data(), shape, shape);
    return result;
  }

 private:
  void check(Result result, std::string_view function) const {
    api_.check(result, function, what_);
  }

  void compile() {
    check(api_.model_create(&handles_.model), "NeuronModel_create");
    ModelBuilder builder(api_, handles_.model, values_.graph(), what_);
    builder.identify();
    for (std::size_t i = 0; i < one_.graph.operators.size(); ++i) {
      add_operator(builder, one_.graph.operators[i], *one_.raw[i]);
    }
    builder.finish();
    check(api_.model_relax_to_float16(handles_.model, true),
          "NeuronModel_relaxComputationFloat32toFloat16");
    check(api_.compilation_create(handles_.model, &handles_.compilation),
          "NeuronCompilation_create");
    check(api_.compilation_set_priority(handles_.compilation, kHighPriority),
          "NeuronCompilation_setPriority");
    check(api_.compilation_set_preference(handles_.compilation, kSustainedSpeed),
          "NeuronCompilation_setPreference");
    const bool is_taken = is_supported();
    check(api_.compilation_finish(handles_.compilation), "NeuronCompilation_finish");
    if (is_taken) return;
    throw RefusedCall(ErrorKind::unsupported,
                      concat(what_, ": ", api_.library, ' ', api_.version_text(),
                             " says that the NPU does not take it"),
                      "NeuronCompilation_getSupportedOperations", kOk);
  }

  /// Older versions cannot be asked; their answer is that of finishing.
  [[nodiscard]] bool is_supported() const {
    if (api_.compilation_supported_operations == nullptr) return true;
    const std::size_t count = one_.graph.operators.size();
    const auto supported = std::make_unique<bool[]>(count);
    check(api_.compilation_supported_operations(handles_.compilation,
                                                static_cast<std::uint32_t>(count), supported.get()),
          "NeuronCompilation_getSupportedOperations");
    return std::all_of(supported.get(), supported.get() + count, [](bool taken) { return taken; });
  }

  void bind() {
    for (std::size_t i = 0; i < one_.graph.inputs.size(); ++i) {
      const auto index = static_cast<std::int32_t>(i);
      const std::int32_t tensor = one_.graph.inputs[i];
      const Shape& shape = one_.tensor(tensor).shape;
      const Shape padded = padded_port(api_, handles_.compilation,
                                       {Direction::input, index, "the input"}, shape, what_);
      std::vector<float>& memory = inputs_.emplace_back(elements(padded));
      copy_rows(values_.input(tensor).data(), shape, memory.data(), padded, shape);
      check(api_.execution_set_input(handles_.execution, index, nullptr, memory.data(),
                                     memory.size() * sizeof(float)),
            "NeuronExecution_setInput");
    }
    output_shape_ = padded_port(api_, handles_.compilation, {Direction::output, 0, "the output"},
                                one_.output().shape, what_);
    // What the device does not write is no result.
    output_.assign(elements(output_shape_), std::numeric_limits<float>::quiet_NaN());
    check(api_.execution_set_output(handles_.execution, 0, nullptr, output_.data(),
                                    output_.size() * sizeof(float)),
          "NeuronExecution_setOutput");
  }

  static std::size_t elements(const Shape& shape) {
    return static_cast<std::size_t>(num_elements(shape));
  }

  const Api& api_;
  const OperationCase& one_;
  const CaseValues& values_;
  Handles handles_;
  std::string what_;
  std::vector<std::vector<float>> inputs_;
  Shape output_shape_;
  std::vector<float> output_;
};

}  // namespace

OperationRun run_operation(const Api& api, const OperationCase& one, const CaseValues& values) {
  return Trial(api, one, values).run();
}

}  // namespace sotto
