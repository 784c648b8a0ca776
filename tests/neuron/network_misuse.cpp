#include "neuron/misuse.h"

namespace sotto::test {

using namespace neuron;

namespace {

/// Finishes and compiles what was made of the model.
Result compile(SimulatedModel& made, bool relaxed = true) {
  EXPECT_EQ(api().model_relax_to_float16(made.model, relaxed), kOk);
  EXPECT_EQ(api().model_finish(made.model), kOk);
  EXPECT_EQ(api().compilation_create(made.model, &made.compilation), kOk);
  return api().compilation_finish(made.compilation);
}

/// One operation over two tensors, compiled.
Result compile_one(SimulatedModel& made, std::int32_t type, std::int32_t tensor,
                   const std::vector<std::uint32_t>& extents,
                   const std::vector<std::uint32_t>& result) {
  EXPECT_EQ(made.add(tensor, extents), kOk);
  EXPECT_EQ(made.add(tensor, result), kOk);
  EXPECT_EQ(add_operation(made, type, {0}, {1}), kOk);
  EXPECT_EQ(identify(made, {0}, {1}), kOk);
  return compile(made);
}

Result restore(const std::vector<std::byte>& network) {
  ModelHandle* model = nullptr;
  CompilationHandle* compilation = nullptr;
  return api().model_restore(&model, &compilation, network.data(), network.size());
}

}  // namespace

const std::vector<Misuse>& misuse_of_compilations() {
  static const std::vector<Misuse> cases{
      {"AModelThatIsNotFinished", kBadState, "a model is not finished",
       [](auto& made) {
         return api().compilation_create(made.identified().model, &made.compilation);
       }},
      {"AnUnknownPreference", kBadData, "expected a preference from 0 to 3, found 4",
       [](auto& made) {
         return api().compilation_set_preference(made.compiling().compilation, 4);
       }},
      {"AnUnknownPriority", kBadData, "expected a priority of 90, 100 or 110, found 1",
       [](auto& made) { return api().compilation_set_priority(made.compiling().compilation, 1); }},
      {"APreferenceTooLate", kBadState, "a preference comes before the compilation is finished",
       [](auto& made) { return api().compilation_set_preference(made.compiled().compilation, 1); }},
      {"APriorityTooLate", kBadState, "a priority comes before the compilation is finished",
       [](auto& made) { return api().compilation_set_priority(made.compiled().compilation, 90); }},
      {"AskingTooLate", kBadState, "what is supported comes before the compilation is finished",
       [](auto& made) {
         bool supported = false;
         return api().compilation_supported_operations(made.compiled().compilation, 1, &supported);
       }},
      {"TooFewAnswers", kBadData, "expected room for 1 operations, found 0",
       [](auto& made) {
         bool supported = false;
         return api().compilation_supported_operations(made.compiling().compilation, 0, &supported);
       }},
      {"CompilingTwice", kBadState, "a compilation is finished twice",
       [](auto& made) { return api().compilation_finish(made.compiled().compilation); }},
      {"Float32", kUnmappable, "is to be computed in float32",
       [](auto& made) { return compile(made.identified(), false); }},
      {"AnOperationThatTheNpuLacks", kUnmappable, "operation type 49 is not one that the NPU runs",
       [](auto& made) {
         return compile_one(made, 49, type::tensor_float32, {1, 4}, {1, 4});
       }},
      {"FiveAxes", kUnmappable, "the NPU takes at most 4 axes, found [1, 1, 1, 1, 4]",
       [](auto& made) {
         return compile_one(made, operation::abs, type::tensor_float32, {1, 1, 1, 1, 4},
                            {1, 1, 1, 1, 4});
       }},
  };
  return cases;
}

const std::vector<Misuse>& misuse_of_compiling() {
  static const std::vector<Misuse> cases{
      {"AQuantizedOperation", kUnmappable, "the operation is not simulated of quantized tensors",
       [](auto& made) {
         return compile_one(made, operation::abs, 13, {1, 4}, {1, 4});
       }},
      {"AnInputOfIntegers", kUnmappable, "float32, float16 and int8 alone are simulated",
       [](auto& made) {
         return compile_one(made, operation::abs, 4, {1, 4}, {1, 4});
       }},
      {"AnOutputOfAnotherShape", kBadData, "expected an output of [1, 4], found [1, 5]",
       [](auto& made) {
         return compile_one(made, operation::abs, type::tensor_float32, {1, 4}, {1, 5});
       }},
      {"TooFewOperands", kBadData, "expected 3 inputs and an output, found 1 and 1",
       [](auto& made) {
         return compile_one(made, operation::add, type::tensor_float32, {1, 4}, {1, 4});
       }},
      {"StoringTooEarly", kBadState, "a network is stored when its compilation is finished",
       [](auto& made) {
         std::size_t size = 0;
         return api().compilation_network_size(made.compiling().compilation, &size);
       }},
      {"StoringTooLate", kBadState, "a network is stored before its first execution is made",
       [](auto& made) {
         std::size_t size = 0;
         return api().compilation_network_size(made.executing().compilation, &size);
       }},
      {"StoringInTooLittle", kBadData, "bytes, found 8",
       [](auto& made) {
         std::array<std::byte, 8> buffer{};
         return api().compilation_store_network(made.compiled().compilation, buffer.data(), 8);
       }},
      {"StoringWhatWasRestored", kBadState, "a network that was restored is not stored again",
       [](auto& made) {
         const auto network = made.network();
         ModelHandle* model = nullptr;
         CompilationHandle* compilation = nullptr;
         EXPECT_EQ(api().model_restore(&model, &compilation, network.data(), network.size()), kOk);
         std::size_t size = 0;
         const Result result = api().compilation_network_size(compilation, &size);
         api().compilation_free(compilation);
         api().model_free(model);
         return result;
       }},
      {"APortBeyondTheLast", kBadData, "getOutputPaddedSize(): expected a port below 1, found 1",
       [](auto& made) {
         std::size_t size = 0;
         return api().compilation_output_padded_size(made.compiled().compilation, 1, &size);
       }},
      {"PaddingTooEarly", kBadState, "getInputPaddedSize(): the compilation is not finished",
       [](auto& made) {
         std::size_t size = 0;
         return api().compilation_input_padded_size(made.compiling().compilation, 0, &size);
       }},
  };
  return cases;
}

const std::vector<Misuse>& misuse_of_executions() {
  static const std::vector<Misuse> cases{
      {"ACompilationThatIsNotFinished", kBadState,
       "NeuronExecution_create(): the compilation is not finished",
       [](auto& made) {
         return api().execution_create(made.compiling().compilation, &made.execution);
       }},
      {"AnInputBeyondTheLast", kBadData, "setInput(): expected a port below 2, found 2",
       [](auto& made) { return bind_input(made.executing(), 2, kValues.data(), 16); }},
      {"ANegativeInput", kBadData, "expected a port below 2, found -1",
       [](auto& made) { return bind_input(made.executing(), -1, kValues.data(), 16); }},
      {"AnInputThatIsTooSmall", kBadData, "port 1: expected 16 bytes, found 15",
       [](auto& made) { return bind_input(made.executing(), 1, kValues.data(), 15); }},
      {"AnOutputThatIsTooSmall", kBadData, "port 0: expected 16 bytes, found 4",
       [](auto& made) {
         float value = 0;
         return api().execution_set_output(made.executing().execution, 0, nullptr, &value, 4);
       }},
      {"ATypeOfABuffer", kBadData, "the type of a buffer is null always",
       [](auto& made) {
         const OperandType type{type::tensor_float32, 0, nullptr, 0, 0};
         return api().execution_set_input(made.executing().execution, 0, &type, kValues.data(), 16);
       }},
      {"TooMuchBoost", kBadData, "expected a boost from 0 to 100, found 101",
       [](auto& made) { return api().execution_set_boost(made.executing().execution, 101); }},
      {"RunningWithoutAnInput", kBadState, "input 0 was not set",
       [](auto& made) {
         std::array<float, 4> sum{};
         made.executing();
         EXPECT_EQ(api().execution_set_output(made.execution, 0, nullptr, sum.data(), 16), kOk);
         return api().execution_compute(made.execution);
       }},
      {"RunningWithoutAnOutput", kBadState, "output 0 was not set",
       [](auto& made) { return api().execution_compute(made.executing().execution); }},
      {"MemoryThatIsTooSmall", kBadData, "expected a range inside 64 bytes of memory",
       [](auto& made) {
         made.executing();
         MemoryHandle* const memory = shared_memory(64);
         const Result result =
             api().execution_set_input_memory(made.execution, 0, nullptr, memory, 56, 16);
         api().memory_free(memory);
         return result;
       }},
  };
  return cases;
}

const std::vector<Misuse>& misuse_of_networks() {
  static const std::vector<Misuse> cases{
      {"TooFewBytes", kBadData, "these bytes are no compiled network",
       [](auto&) { return restore(std::vector<std::byte>(8)); }},
      {"OtherBytes", kBadData, "no compiled network of this simulator's",
       [](auto&) { return restore(std::vector<std::byte>(4096)); }},
      {"ATruncatedNetwork", kBadData, "a compiled network is cut off or damaged",
       [](auto& made) {
         auto network = made.network();
         network.resize(network.size() - 1);
         return restore(network);
       }},
  };
  return cases;
}

}  // namespace sotto::test
