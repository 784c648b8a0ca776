#include "simulators/neuron_adapter/model.h"

#include <algorithm>

#include "simulators/neuron_adapter/refusal.h"
#include "simulators/neuron_adapter/switches.h"

namespace sotto::simulator {
namespace {

using namespace neuron;

// The code of a compiled network's operand changed with version 8.
std::uint16_t network_code() { return is_at_least(8, 0, 0) ? 0x0200 : 0x0100; }

/// Bytes of an element; 0 for types whose size the simulator does not know.
std::size_t element_bytes(std::int32_t type) {
  switch (type) {
    case type::float32:
    case type::int32:
    case type::uint32:
    case type::tensor_float32:
    case type::tensor_int32:
    case type::tensor_int32_per_channel:
      return 4;
    case type::tensor_float16:
      return 2;
    case type::boolean:
    case type::tensor_quant8_symm_per_channel:
    case type::tensor_quant8_symm:
    case type::tensor_quant8_asymm_signed:
      return 1;
    default:
      return 0;
  }
}

}  // namespace

std::string to_string(const Extents& extents) {
  std::string text = "[";
  for (const std::uint32_t extent : extents) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(extent);
  }
  return text + "]";
}

std::size_t count_elements(const Extents& extents) {
  std::size_t count = 1;
  for (const std::uint32_t extent : extents) {
    if (extent != 0 && count > SIZE_MAX / extent) refuse(kBadData, "a tensor is too large");
    count *= extent;
  }
  return count;
}

void Model::check_open() const {
  if (finished_) refuse(kBadState, name_, " is finished and takes no change");
}

const Operand& Model::operand(std::uint32_t index) const {
  if (index >= operands_.size()) {
    refuse(kBadData, "expected an operand below ", operands_.size(), ", found ", index);
  }
  return operands_[index];
}

void Model::add_operand(const OperandType& type) {
  check_open();
  if (type.dimension_count > 0 && type.dimensions == nullptr) {
    refuse(kUnexpectedNull, "expected ", type.dimension_count, " extents, found null");
  }
  if (type.dimension_count > 8) {
    refuse(kBadData, "expected at most 8 axes, found ", type.dimension_count);
  }
  Operand added;
  added.type = type.type;
  if (type.dimension_count > 0) {
    added.extents.assign(type.dimensions, type.dimensions + type.dimension_count);
  }
  if (type.scale > 0) added.scales = {type.scale};
  added.zero_point = type.zero_point;
  (void)count_elements(added.extents);
  operands_.push_back(std::move(added));
}

void Model::set_value(std::int32_t index, const void* buffer, std::size_t length) {
  check_open();
  if (index < 0) refuse(kBadData, "expected an operand, found ", index);
  (void)operand(static_cast<std::uint32_t>(index));
  Operand& target = operands_[static_cast<std::size_t>(index)];
  if (buffer == nullptr || length == 0) {
    refuse(kUnexpectedNull, "operand ", index, ": expected a value, found none");
  }
  const std::size_t bytes = element_bytes(target.type);
  if (bytes != 0 && length != bytes * count_elements(target.extents)) {
    refuse(kBadData, "operand ", index, " of ", to_string(target.extents), ": expected ",
           bytes * count_elements(target.extents), " bytes, found ", length);
  }
  const auto* first = static_cast<const std::byte*>(buffer);
  if (length <= kCopiedBytes) {
    target.copy.assign(first, first + length);
    first = target.copy.data();
  }
  target.value = std::span(first, length);
}

// LiteRT's issue 8098: before 8.2.28 biases of int32 have one scale.
void Model::set_channel_scales(std::int32_t index, const ChannelParameters& parameters) {
  check_open();
  if (index < 0) refuse(kBadData, "expected an operand, found ", index);
  const Operand& described = operand(static_cast<std::uint32_t>(index));
  const bool is_bias = described.type == type::tensor_int32_per_channel && is_at_least(8, 2, 28);
  if (described.type != type::tensor_quant8_symm_per_channel && !is_bias) {
    refuse(kBadData, "operand ", index, " of type ", described.type,
           " has no scale a channel in this version");
  }
  if (parameters.channel != 0 || described.extents.empty() ||
      parameters.scale_count != described.extents.front()) {
    refuse(kBadData, "operand ", index, " of ", to_string(described.extents),
           ": expected a scale for each place of its first axis, found ", parameters.scale_count,
           " for axis ", parameters.channel);
  }
  const std::span scales(&given(parameters.scales, "scales"), parameters.scale_count);
  const std::span zeros(parameters.zero_points,
                        parameters.zero_points == nullptr ? 0 : parameters.zero_point_count);
  const auto is_scale = [](float scale) { return scale > 0; };
  if (!std::all_of(scales.begin(), scales.end(), is_scale)) {
    refuse(kBadData, "operand ", index, ": a scale is not above 0");
  }
  if (std::any_of(zeros.begin(), zeros.end(), [](std::int32_t zero) { return zero != 0; })) {
    refuse(kBadData, "operand ", index, ": a symmetric type has other zero points than 0");
  }
  operands_[static_cast<std::size_t>(index)].scales.assign(scales.begin(), scales.end());
}

void Model::add_operation(std::int32_t type, std::span<const std::uint32_t> inputs,
                          std::span<const std::uint32_t> outputs) {
  check_open();
  for (const std::uint32_t input : inputs) (void)operand(input);
  for (const std::uint32_t output : outputs) (void)operand(output);
  if (outputs.empty()) refuse(kBadData, "expected an operation with outputs, found none");
  operations_.push_back({type, {inputs.begin(), inputs.end()}, {outputs.begin(), outputs.end()}});
}

void Model::identify(std::span<const std::uint32_t> inputs,
                     std::span<const std::uint32_t> outputs) {
  check_open();
  if (identified_) refuse(kBadState, "the inputs and outputs of ", name_, " are identified twice");
  if (inputs.empty() || outputs.empty()) {
    refuse(kBadData, "expected inputs and outputs, found ", inputs.size(), " and ", outputs.size());
  }
  inputs_.assign(inputs.begin(), inputs.end());
  outputs_.assign(outputs.begin(), outputs.end());
  check_ports();
  identified_ = true;
}

void Model::check_ports() const {
  for (const std::uint32_t input : inputs_) {
    if (operand(input).value) refuse(kBadData, "operand ", input, " is an input and has a value");
    if (std::find(outputs_.begin(), outputs_.end(), input) != outputs_.end()) {
      refuse(kBadData, "operand ", input, " is both input and output");
    }
  }
  for (const std::uint32_t output : outputs_) {
    if (operand(output).value)
      refuse(kBadData, "operand ", output, " is an output and has a value");
  }
}

void Model::set_name(std::string_view name) {
  check_open();
  name_ = name;
}

void Model::relax(bool allow) {
  // The plugin asks for it when the model is finished, so that is allowed.
  relaxed_ = allow;
}

// What an operation reads is an input, has a value, or is an earlier one's output.
void Model::check_flow() const {
  std::vector<bool> known(operands_.size());
  for (std::size_t i = 0; i < operands_.size(); ++i) known[i] = operands_[i].value.has_value();
  for (const std::uint32_t input : inputs_) known[input] = true;
  for (std::size_t i = 0; i < operations_.size(); ++i) {
    for (const std::uint32_t input : operations_[i].inputs) {
      if (!known[input]) {
        refuse(kBadData, "operation ", i, " reads operand ", input,
               ", which has no value and no earlier operation gives one");
      }
    }
    for (const std::uint32_t output : operations_[i].outputs) {
      if (known[output]) refuse(kBadData, "operation ", i, " writes operand ", output, " again");
      known[output] = true;
    }
  }
  for (const std::uint32_t output : outputs_) {
    if (!known[output]) refuse(kBadData, "nothing writes output operand ", output);
  }
}

void Model::finish() {
  check_open();
  if (!identified_) refuse(kBadState, "the inputs and outputs of ", name_, " are not identified");
  if (operations_.empty()) refuse(kBadState, name_, " has no operations");
  check_flow();
  finished_ = true;
}

std::int32_t Model::operand_type(std::string_view domain, std::uint16_t code) {
  if (domain == kGeneralOperationDomain && code == kGeneralOperandCode) return kEncodedOperand;
  if (domain == kCompiledNetworkDomain) {
    if (code == network_code()) return kNetworkOperand;
    refuse(kBadData, "the operand of a compiled network has code ", network_code(),
           " in this version, found ", code);
  }
  refuse(kBadData, "expected an extension of this library, found \"", domain, "\" with code ",
         code);
}

std::int32_t Model::operation_type(std::string_view domain, std::uint16_t code) {
  if (code == 0 && domain == kGeneralOperationDomain) return kGeneralOperation;
  if (code == 0 && domain == kCompiledNetworkDomain) return kRestoreOperation;
  refuse(kBadData, "expected an extension of this library, found \"", domain, "\" with code ",
         code);
}

}  // namespace sotto::simulator
