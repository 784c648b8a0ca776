#include "core/neuron/neuron_model.h"

#include "core/base/error.h"

namespace sotto::neuron {
namespace {

std::int32_t operand_type(const TfliteTensor& tensor, const std::string& file) {
  switch (tensor.type) {
    case tflite::TensorType::float32:
      return type::tensor_float32;
    case tflite::TensorType::float16:
      return type::tensor_float16;
    case tflite::TensorType::int32:
      return type::tensor_int32;
    default:
      fail(ErrorKind::unsupported, file, ": expected tensors of float32, float16 and int32, found ",
           tensor.name, " of ", to_string(tensor.type));
  }
}

}  // namespace

ModelBuilder::ModelBuilder(const Api& api, ModelHandle* model, const TfliteSubgraph& graph,
                           std::string file)
    : api_(api), model_(model), graph_(graph), file_(std::move(file)) {}

std::uint32_t ModelBuilder::add_operand(std::int32_t type,
                                        const std::vector<std::uint32_t>& extents) {
  const OperandType described{type, static_cast<std::uint32_t>(extents.size()),
                              extents.empty() ? nullptr : extents.data(), 0, 0};
  check(api_.model_add_operand(model_, &described), "NeuronModel_addOperand");
  return next_++;
}

void ModelBuilder::set_value(std::uint32_t operand, const void* data, std::size_t bytes) {
  check(api_.model_set_operand_value(model_, static_cast<std::int32_t>(operand), data, bytes),
        "NeuronModel_setOperandValue");
}

std::uint32_t ModelBuilder::tensor(std::int32_t index) {
  if (const auto known = operands_.find(index); known != operands_.end()) return known->second;
  if (index < 0 || static_cast<std::size_t>(index) >= graph_.tensors.size()) {
    fail(ErrorKind::unsupported, file_, ": an operator lacks a tensor that it needs");
  }
  const TfliteTensor& tensor = graph_.tensors[static_cast<std::size_t>(index)];
  std::vector<std::uint32_t> extents(tensor.shape.begin(), tensor.shape.end());
  if (extents.empty()) extents.push_back(1);
  const std::uint32_t operand = add_operand(operand_type(tensor, file_), extents);
  if (tensor.constant) set_value(operand, tensor.constant->data(), tensor.constant->size());
  return operands_[index] = operand;
}

void ModelBuilder::identify() {
  std::vector<std::uint32_t> inputs, outputs;
  for (const std::int32_t input : graph_.inputs) inputs.push_back(tensor(input));
  for (const std::int32_t output : graph_.outputs) outputs.push_back(tensor(output));
  check(api_.model_identify(model_, static_cast<std::uint32_t>(inputs.size()), inputs.data(),
                            static_cast<std::uint32_t>(outputs.size()), outputs.data()),
        "NeuronModel_identifyInputsAndOutputs");
}

template <class Value>
std::uint32_t ModelBuilder::add_scalar(std::int32_t type, Value value) {
  const std::uint32_t operand = add_operand(type, {});
  set_value(operand, &value, sizeof(value));
  return operand;
}

std::uint32_t ModelBuilder::scalar(std::int32_t value) { return add_scalar(type::int32, value); }
std::uint32_t ModelBuilder::scalar(std::uint32_t value) { return add_scalar(type::uint32, value); }
std::uint32_t ModelBuilder::scalar(float value) { return add_scalar(type::float32, value); }
std::uint32_t ModelBuilder::scalar(bool value) {
  return add_scalar(type::boolean, static_cast<std::uint8_t>(value));
}

std::uint32_t ModelBuilder::zeros(std::int64_t count) {
  const std::vector<float>& values = zeros_.emplace_back(static_cast<std::size_t>(count));
  const std::uint32_t operand =
      add_operand(type::tensor_float32, {static_cast<std::uint32_t>(count)});
  set_value(operand, values.data(), values.size() * sizeof(float));
  return operand;
}

void ModelBuilder::add(std::int32_t type, const std::vector<std::uint32_t>& inputs,
                       const std::vector<std::int32_t>& outputs) {
  std::vector<std::uint32_t> results;
  results.reserve(outputs.size());
  for (const std::int32_t output : outputs) results.push_back(tensor(output));
  check(api_.model_add_operation(model_, type, static_cast<std::uint32_t>(inputs.size()),
                                 inputs.data(), static_cast<std::uint32_t>(results.size()),
                                 results.data()),
        "NeuronModel_addOperation");
}

void ModelBuilder::finish() { check(api_.model_finish(model_), "NeuronModel_finish"); }

}  // namespace sotto::neuron
