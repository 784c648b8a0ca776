#include "run/doctor/shared_memory.h"

#include <array>
#include <memory>

#include "core/base/error.h"
#include "core/neuron/neuron_model.h"
#include "run/backends/neuron/adapter_device.h"
#include "run/backends/neuron/padded_port.h"
#include "run/backends/neuron/shared_block.h"

namespace sotto {
namespace {

using namespace neuron;

constexpr std::int64_t kCount = 16;
constexpr const char* kWhat = "x + y";

/// x + y → z, each [1, 16].
TfliteSubgraph sum_graph() {
  TfliteSubgraph graph;
  graph.name = kWhat;
  for (const char* name : {"x", "y", "z"}) {
    TfliteTensor tensor;
    tensor.name = name;
    tensor.shape = {1, kCount};
    graph.tensors.push_back(tensor);
  }
  graph.inputs = {0, 1};
  graph.outputs = {2};
  return graph;
}

/// A buffer of a port: shared where the library shares memory.
struct Buffer {
  std::shared_ptr<SharedBlock> block;
  std::vector<float> own;
  std::size_t bytes = 0;

  [[nodiscard]] float* data() {
    return block ? reinterpret_cast<float*>(block->data()) : own.data();
  }
};

class SumRun {
 public:
  explicit SumRun(const Api& api) : api_(api), graph_(sum_graph()) {}
  ~SumRun() {
    if (execution_ != nullptr) api_.execution_free(execution_);
    if (compilation_ != nullptr) api_.compilation_free(compilation_);
    if (model_ != nullptr) api_.model_free(model_);
  }
  SumRun(const SumRun&) = delete;
  SumRun& operator=(const SumRun&) = delete;

  void run(SharedRun& result) {
    compile();
    check(api_.execution_create(compilation_, &execution_), "NeuronExecution_create");
    for (std::size_t i = 0; i < buffers_.size(); ++i) bind(i);
    result.was_shared = buffers_.front().block != nullptr;
    for (std::int64_t i = 0; i < kCount; ++i) {
      buffers_[0].data()[i] = static_cast<float>(i);
      buffers_[1].data()[i] = 0.5F;
    }
    check(api_.execution_compute(execution_), "NeuronExecution_compute");
    for (std::int64_t i = 0; i < kCount; ++i) {
      if (buffers_[2].data()[i] == static_cast<float>(i) + 0.5F) continue;
      fail(ErrorKind::mismatch, kWhat, ": ", i, " + 0.5 came out as ", buffers_[2].data()[i]);
    }
  }

 private:
  void check(Result result, std::string_view function) const {
    api_.check(result, function, kWhat);
  }

  void compile() {
    api_.require(api_.model_relax_to_float16, "NeuronModel_relaxComputationFloat32toFloat16",
                 "running in float16");
    check(api_.model_create(&model_), "NeuronModel_create");
    ModelBuilder builder(api_, model_, graph_, kWhat);
    builder.identify();
    builder.add(operation::add,
                {builder.tensor(0), builder.tensor(1), builder.scalar(kNoActivation)}, {2});
    builder.finish();
    check(api_.model_relax_to_float16(model_, true),
          "NeuronModel_relaxComputationFloat32toFloat16");
    check(api_.compilation_create(model_, &compilation_), "NeuronCompilation_create");
    check(api_.compilation_finish(compilation_), "NeuronCompilation_finish");
  }

  /// Ports 0 and 1 are inputs, 2 is the output.
  void bind(std::size_t port) {
    const bool is_output = port == 2;
    const auto index = static_cast<std::int32_t>(is_output ? 0 : port);
    const Shape shape = padded_port(
        api_, compilation_, {is_output ? Direction::output : Direction::input, index, "a port"},
        {1, kCount}, kWhat);
    Buffer& buffer = buffers_[port];
    buffer.bytes = static_cast<std::size_t>(num_elements(shape)) * sizeof(float);
    buffer.block = SharedBlock::make(
        buffer.bytes, [&](SharedBlock& block) { return import_memory(api_, nullptr, block); });
    if (buffer.block) {
      bind_shared(buffer, is_output, static_cast<std::uint32_t>(index));
      return;
    }
    buffer.own.resize(buffer.bytes / sizeof(float));
    if (is_output) {
      check(api_.execution_set_output(execution_, index, nullptr, buffer.data(), buffer.bytes),
            "NeuronExecution_setOutput");
    } else {
      check(api_.execution_set_input(execution_, index, nullptr, buffer.data(), buffer.bytes),
            "NeuronExecution_setInput");
    }
  }

  void bind_shared(const Buffer& buffer, bool is_output, std::uint32_t index) {
    if (is_output) {
      check(api_.execution_set_output_memory(execution_, index, nullptr,
                                             buffer.block->imported.get(), 0, buffer.bytes),
            "NeuronExecution_setOutputFromMemory");
    } else {
      check(api_.execution_set_input_memory(execution_, index, nullptr,
                                            buffer.block->imported.get(), 0, buffer.bytes),
            "NeuronExecution_setInputFromMemory");
    }
  }

  const Api& api_;
  TfliteSubgraph graph_;
  std::array<Buffer, 3> buffers_;  ///< they outlive the execution
  ModelHandle* model_ = nullptr;
  CompilationHandle* compilation_ = nullptr;
  ExecutionHandle* execution_ = nullptr;
};

}  // namespace

SharedRun run_in_shared_memory(const Api& api) {
  SharedRun result;
  try {
    SumRun(api).run(result);
  } catch (const RefusedCall& refusal) {
    result.answer = refusal.result();
    result.message = refusal.message();
  } catch (const Error& error) {
    result.answer = kBadData;
    result.message = error.message();
  }
  return result;
}

}  // namespace sotto
