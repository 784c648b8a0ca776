#include "neuron/simulated_model.h"

#include <array>

#include "core/base/error.h"

namespace sotto::test {
namespace {

using namespace neuron;

constexpr std::uint32_t kX = 0, kY = 1, kActivation = 2, kSum = 3;

}  // namespace

const Api& simulator() {
  static const Api api = load_api(SOTTO_SIMULATOR);
  return api;
}

SimulatedModel::SimulatedModel() { expect(simulator().model_create(&model)); }

SimulatedModel::~SimulatedModel() {
  if (execution != nullptr) simulator().execution_free(execution);
  if (compilation != nullptr) simulator().compilation_free(compilation);
  if (model != nullptr) simulator().model_free(model);
}

void SimulatedModel::expect(Result result) const {
  if (result != kOk) fail(ErrorKind::internal, "the simulator answered ", describe(result));
}

Result SimulatedModel::add(std::int32_t type, const std::vector<std::uint32_t>& extents) {
  const OperandType described{type, static_cast<std::uint32_t>(extents.size()), extents.data(), 0,
                              0};
  return simulator().model_add_operand(model, &described);
}

SimulatedModel& SimulatedModel::with_operands() {
  expect(add(type::tensor_float32, {1, 4}));
  expect(add(type::tensor_float32, {1, 4}));
  expect(add(type::int32, {}));
  const std::int32_t none = kNoActivation;
  expect(simulator().model_set_operand_value(model, kActivation, &none, sizeof(none)));
  expect(add(type::tensor_float32, {1, 4}));
  return *this;
}

SimulatedModel& SimulatedModel::with_operation() {
  with_operands();
  const std::array inputs{kX, kY, kActivation};
  expect(simulator().model_add_operation(model, operation::add, inputs.size(), inputs.data(), 1,
                                         &kSum));
  return *this;
}

SimulatedModel& SimulatedModel::identified() {
  with_operation();
  const std::array inputs{kX, kY};
  expect(simulator().model_identify(model, inputs.size(), inputs.data(), 1, &kSum));
  return *this;
}

SimulatedModel& SimulatedModel::finished() {
  identified();
  expect(simulator().model_relax_to_float16(model, true));
  expect(simulator().model_finish(model));
  return *this;
}

SimulatedModel& SimulatedModel::compiling() {
  finished();
  expect(simulator().compilation_create(model, &compilation));
  return *this;
}

SimulatedModel& SimulatedModel::compiled() {
  compiling();
  expect(simulator().compilation_finish(compilation));
  return *this;
}

SimulatedModel& SimulatedModel::executing() {
  compiled();
  expect(simulator().execution_create(compilation, &execution));
  return *this;
}

std::vector<std::byte> SimulatedModel::network() {
  compiled();
  std::size_t bytes = 0;
  expect(simulator().compilation_network_size(compilation, &bytes));
  std::vector<std::byte> stored(bytes);
  expect(simulator().compilation_store_network(compilation, stored.data(), stored.size()));
  return stored;
}

}  // namespace sotto::test
