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

// How the vendor's own client writes a text: the length of the word "string" in a byte, the word,
// the text's length in four, the text; and as many bytes more as its buffer has.
std::string encoded(std::string_view text) {
  constexpr std::string_view kKind = "string";
  constexpr std::size_t kRoom = 16;
  std::string bytes(1, static_cast<char>(kKind.size()));
  bytes += kKind;
  for (unsigned shift = 0; shift < 32; shift += 8) {
    bytes += static_cast<char>(text.size() >> shift & 0xFFU);
  }
  bytes += text;
  bytes.resize(kKind.size() + text.size() + kRoom);
  return bytes;
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

std::uint32_t ModelBuilder::integers(const std::vector<std::int32_t>& values) {
  const std::vector<std::int32_t>& kept = integers_.emplace_back(values);
  const std::uint32_t operand =
      add_operand(type::tensor_int32, {static_cast<std::uint32_t>(kept.size())});
  set_value(operand, kept.data(), kept.size() * sizeof(std::int32_t));
  return operand;
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

void ModelBuilder::add_general(std::string_view name, std::vector<std::uint32_t> inputs,
                               const std::vector<std::int32_t>& outputs) {
  std::int32_t text = 0, operation = 0;
  check(api_.model_extension_operand_type(model_, kGeneralOperationDomain, kGeneralOperandCode,
                                          &text),
        "NeuronModel_getExtensionOperandType");
  check(api_.model_extension_operation_type(model_, kGeneralOperationDomain, 0, &operation),
        "NeuronModel_getExtensionOperationType");
  const std::string& bytes = names_.emplace_back(encoded(name));
  inputs.push_back(add_operand(text, {static_cast<std::uint32_t>(bytes.size())}));
  set_value(inputs.back(), bytes.data(), bytes.size());
  add(operation, inputs, outputs);
}

void ModelBuilder::finish() { check(api_.model_finish(model_), "NeuronModel_finish"); }

}  // namespace sotto::neuron
