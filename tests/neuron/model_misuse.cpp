#include <sys/mman.h>
#include <unistd.h>

#include "neuron/misuse.h"

namespace sotto::test {

using namespace neuron;

MemoryHandle* shared_memory(std::size_t bytes) {
  const int descriptor = ::memfd_create("test", 0);
  EXPECT_EQ(::ftruncate(descriptor, static_cast<off_t>(bytes)), 0);
  MemoryHandle* memory = nullptr;
  EXPECT_EQ(api().memory_create_from_fd(bytes, PROT_READ | PROT_WRITE, descriptor, 0, &memory),
            kOk);
  ::close(descriptor);
  return memory;
}

namespace {

Result set_value(SimulatedModel& made, std::int32_t index, std::size_t bytes) {
  return api().model_set_operand_value(made.model, index, kValues.data(), bytes);
}

}  // namespace

const std::vector<Misuse>& misuse_of_nulls() {
  static const std::vector<Misuse> cases{
      {"NoVersion", kUnexpectedNull, "expected a version, found null",
       [](auto&) { return api().get_version(nullptr); }},
      {"NoPlaceForAModel", kUnexpectedNull, "expected where the model goes, found null",
       [](auto&) { return api().model_create(nullptr); }},
      {"NoModel", kUnexpectedNull, "expected model, found null",
       [](auto&) { return api().model_finish(nullptr); }},
      {"NoType", kUnexpectedNull, "expected a type, found null",
       [](auto& made) { return api().model_add_operand(made.model, nullptr); }},
      {"NoExtents", kUnexpectedNull, "expected 2 extents, found null",
       [](auto& made) {
         const OperandType type{type::tensor_float32, 2, nullptr, 0, 0};
         return api().model_add_operand(made.model, &type);
       }},
      {"NoValue", kUnexpectedNull, "operand 0: expected a value, found none",
       [](auto& made) {
         made.with_operands();
         return api().model_set_operand_value(made.model, 0, nullptr, 16);
       }},
      {"NoOperands", kUnexpectedNull, "expected a list of operands, found null",
       [](auto& made) {
         const std::uint32_t output = 3;
         made.with_operands();
         return api().model_add_operation(made.model, operation::add, 3, nullptr, 1, &output);
       }},
      {"NoName", kUnexpectedNull, "expected a name, found null",
       [](auto& made) { return api().model_set_name(made.model, nullptr); }},
      {"NoPlaceForACompilation", kUnexpectedNull, "expected where the compilation goes, found null",
       [](auto& made) { return api().compilation_create(made.finished().model, nullptr); }},
      {"NoOptions", kUnexpectedNull, "expected options, found null",
       [](auto& made) {
         made.finished();
         return api().compilation_create_with_options(made.model, &made.compilation, nullptr);
       }},
      {"NoAnswers", kUnexpectedNull, "expected a list of answers, found null",
       [](auto& made) {
         return api().compilation_supported_operations(made.compiling().compilation, 1, nullptr);
       }},
      {"NoSize", kUnexpectedNull, "expected a size, found null",
       [](auto& made) {
         return api().compilation_network_size(made.compiled().compilation, nullptr);
       }},
      {"NoBufferForANetwork", kUnexpectedNull, "storeCompiledNetwork(): expected a buffer",
       [](auto& made) {
         return api().compilation_store_network(made.compiled().compilation, nullptr, 1 << 20);
       }},
      {"NoPlaceForAnExecution", kUnexpectedNull, "expected where the execution goes, found null",
       [](auto& made) { return api().execution_create(made.compiled().compilation, nullptr); }},
      {"NoInput", kUnexpectedNull, "setInput(): expected a buffer",
       [](auto& made) { return bind_input(made.executing(), 0, nullptr, 16); }},
      {"NoNetwork", kUnexpectedNull, "expected a compiled network, found null",
       [](auto&) {
         ModelHandle* model = nullptr;
         CompilationHandle* compilation = nullptr;
         return api().model_restore(&model, &compilation, nullptr, 64);
       }},
  };
  return cases;
}

const std::vector<Misuse>& misuse_of_lives() {
  static const std::vector<Misuse> cases{
      {"AModelThatWasFreed", kBadState, "this is no model, or one that was freed",
       [](auto& made) {
         ModelHandle* const freed = made.model;
         api().model_free(freed);
         made.model = nullptr;
         return api().model_set_name(freed, "x");
       }},
      {"ACompilationThatWasFreed", kBadState, "this is no compilation, or one that was freed",
       [](auto& made) {
         made.compiling();
         CompilationHandle* const freed = made.compilation;
         api().compilation_free(freed);
         made.compilation = nullptr;
         return api().compilation_finish(freed);
       }},
      {"AnExecutionThatWasFreed", kBadState, "this is no execution, or one that was freed",
       [](auto& made) {
         made.executing();
         ExecutionHandle* const freed = made.execution;
         api().execution_free(freed);
         made.execution = nullptr;
         return api().execution_compute(freed);
       }},
      {"AModelBeforeItsCompilation", kBadState,
       "what this compilation was made of was freed before it",
       [](auto& made) {
         made.compiling();
         api().model_free(made.model);
         made.model = nullptr;
         return api().compilation_finish(made.compilation);
       }},
      {"ACompilationBeforeItsExecution", kBadState,
       "what this execution was made of was freed before it",
       [](auto& made) {
         made.executing();
         api().compilation_free(made.compilation);
         made.compilation = nullptr;
         return api().execution_compute(made.execution);
       }},
      {"AMemoryThatWasFreed", kBadState, "this is no memory, or one that was freed",
       [](auto& made) {
         made.executing();
         MemoryHandle* const memory = shared_memory(64);
         api().memory_free(memory);
         return api().execution_set_input_memory(made.execution, 0, nullptr, memory, 0, 16);
       }},
      {"AModelFreedTwice", kOk, "this is no model, or one that was freed already",
       [](auto& made) {
         api().model_free(made.model);
         api().model_free(made.model);
         made.model = nullptr;
         return kOk;
       }},
      {"ADescriptorThatIsNone", kBadData, "descriptor -1 cannot be mapped",
       [](auto&) {
         MemoryHandle* memory = nullptr;
         return api().memory_create_from_fd(64, PROT_READ, -1, 0, &memory);
       }},
  };
  return cases;
}

const std::vector<Misuse>& misuse_of_models() {
  static const std::vector<Misuse> cases{
      {"AnOperandBeyondTheLast", kBadData, "expected an operand below 4, found 9",
       [](auto& made) { return set_value(made.with_operands(), 9, 16); }},
      {"ANegativeOperand", kBadData, "expected an operand, found -1",
       [](auto& made) { return set_value(made.with_operands(), -1, 16); }},
      {"AValueThatIsTooShort", kBadData, "operand 1 of [1, 4]: expected 16 bytes, found 12",
       [](auto& made) { return set_value(made.with_operands(), 1, 12); }},
      {"TooManyAxes", kBadData, "expected at most 8 axes, found 9",
       [](auto& made) { return made.add(type::tensor_float32, std::vector<std::uint32_t>(9, 1)); }},
      {"TooLargeATensor", kBadData, "a tensor is too large",
       [](auto& made) {
         return made.add(type::tensor_float32, {1U << 31U, 1U << 31U, 1U << 31U});
       }},
      {"AnOperandWhenItIsFinished", kBadState, "addOperand(): a model is finished",
       [](auto& made) { return made.finished().add(type::int32, {}); }},
      {"AValueWhenItIsFinished", kBadState, "setOperandValue(): a model is finished",
       [](auto& made) { return set_value(made.finished(), 1, 16); }},
      {"AnOperationWhenItIsFinished", kBadState, "addOperation(): a model is finished",
       [](auto& made) {
         return add_operation(made.finished(), operation::add, {0, 1, 2}, {3});
       }},
      {"PortsWhenItIsFinished", kBadState, "identifyInputsAndOutputs(): a model is finished",
       [](auto& made) { return identify(made.finished(), {0}, {3}); }},
      {"FinishingTwice", kBadState, "NeuronModel_finish(): a model is finished",
       [](auto& made) { return api().model_finish(made.finished().model); }},
      {"FinishingWithoutPorts", kBadState, "the inputs and outputs of a model are not identified",
       [](auto& made) { return api().model_finish(made.with_operation().model); }},
      {"FinishingWithoutOperations", kBadState, "a model has no operations",
       [](auto& made) {
         made.with_operands();
         EXPECT_EQ(identify(made, {0}, {3}), kOk);
         return api().model_finish(made.model);
       }},
      {"IdentifyingTwice", kBadState, "are identified twice",
       [](auto& made) {
         return identify(made.identified(), {0, 1}, {3});
       }},
      {"NoPorts", kBadData, "expected inputs and outputs, found 0 and 1",
       [](auto& made) { return identify(made.with_operation(), {}, {3}); }},
      {"AnInputThatIsAnOutput", kBadData, "operand 0 is both input and output",
       [](auto& made) {
         return identify(made.with_operation(), {0, 1}, {0});
       }},
      {"AnInputWithAValue", kBadData, "operand 2 is an input and has a value",
       [](auto& made) { return identify(made.with_operation(), {2}, {3}); }},
      {"AnOutputWithAValue", kBadData, "operand 2 is an output and has a value",
       [](auto& made) {
         return identify(made.with_operation(), {0, 1}, {2});
       }},
      {"AnOperationWithoutOutputs", kBadData, "expected an operation with outputs, found none",
       [](auto& made) {
         return add_operation(made.with_operands(), operation::add, {0, 1, 2}, {});
       }},
      {"ReadingWhatNothingWrites", kBadData, "operation 0 reads operand 1",
       [](auto& made) {
         made.with_operation();
         EXPECT_EQ(identify(made, {0}, {3}), kOk);
         return api().model_finish(made.model);
       }},
      {"WritingTwice", kBadData, "operation 1 writes operand 3 again",
       [](auto& made) {
         made.identified();
         EXPECT_EQ(add_operation(made, operation::add, {0, 1, 2}, {3}), kOk);
         return api().model_finish(made.model);
       }},
      {"AnOutputThatNothingWrites", kBadData, "nothing writes output operand 4",
       [](auto& made) {
         made.with_operation();
         EXPECT_EQ(made.add(type::tensor_float32, {1, 4}), kOk);
         EXPECT_EQ(identify(made, {0, 1}, {4}), kOk);
         return api().model_finish(made.model);
       }},
      {"AnUnknownExtension", kBadData, "found \"com.example\" with code 256",
       [](auto& made) {
         std::int32_t type = 0;
         return api().model_extension_operand_type(made.model, "com.example", 0x0100, &type);
       }},
      {"AnUnknownOperationOfAnExtension", kBadData, "with code 7",
       [](auto& made) {
         std::int32_t type = 0;
         return api().model_extension_operation_type(made.model, kGeneralOperationDomain, 7, &type);
       }},
      {"TheCodeOfOlderVersions", kBadData,
       "the operand of a compiled network has code 512 in this version, found 256",
       [](auto& made) {
         std::int32_t type = 0;
         return api().model_extension_operand_type(made.model, kCompiledNetworkDomain, 0x0100,
                                                   &type);
       }},
  };
  return cases;
}

}  // namespace sotto::test
