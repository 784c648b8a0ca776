#include "simulators/neuron_adapter/compiler.h"

#include <cstring>
#include <optional>

#include "simulators/neuron_adapter/quantized_translation.h"
#include "simulators/neuron_adapter/refusal.h"
#include "simulators/neuron_adapter/switches.h"
#include "simulators/neuron_adapter/translation.h"

namespace sotto::simulator {
namespace {

using namespace neuron;

class Compiler {
 public:
  explicit Compiler(const Model& model) : model_(model), places_(model.operands().size()) {}

  Network run() {
    if (!model_.is_relaxed()) {
      refuse(kUnmappable, model_.name(),
             " is to be computed in float32: the NPU has float16, which takes "
             "NeuronModel_relaxComputationFloat32toFloat16()");
    }
    for (const std::uint32_t input : model_.inputs()) {
      network_.inputs.push_back(declare(input));
    }
    for (std::size_t i = 0; i < model_.operations().size(); ++i) add(i);
    for (const std::uint32_t output : model_.outputs()) {
      network_.outputs.push_back(tensor(output));
    }
    for (const auto* ports : {&model_.inputs(), &model_.outputs()}) {
      for (const std::uint32_t port : *ports) {
        if (is_int8(model_.operands()[port].type)) network_.int8_ports.push_back(*places_[port]);
      }
    }
    auto halves = std::make_shared<const std::vector<Half>>(std::move(constants_));
    network_.constants = *halves;
    network_.owner = std::move(halves);
    network_.soc = soc();
    network_.version = switches().version;
    network_.name = model_.name();
    return std::move(network_);
  }

 private:
  void add(std::size_t index) {
    const Operation& operation = model_.operations()[index];
    try {
      add(operation, translate(model_, operation));
    } catch (const Refusal& refusal) {
      refuse(refusal.result(), "operation ", index, " of ", model_.name(), ": ", refusal.what());
    }
  }

  void add(const Operation& operation, Translation translation) {
    const std::uint32_t output = operation.outputs.front();
    const std::uint32_t first = operation.inputs.front();
    // A constant that only changes its type stays the constant that it is.
    const bool only_widens = operation.type == operation::dequantize &&
                             translation.kind == Kind::copy && model_.operands()[first].value;
    if (only_widens) {
      places_[output] = tensor(first);
      return;
    }
    NetworkOperation added;
    added.kind = translation.kind;
    for (const std::size_t place : translation.tensors) {
      added.inputs.push_back(tensor(operation.inputs[place]));
    }
    added.output = declare(output);
    added.integers = std::move(translation.integers);
    added.reals = std::move(translation.reals);
    network_.operations.push_back(std::move(added));
  }

  std::uint32_t declare(std::uint32_t operand) {
    check_type(operand);
    network_.tensors.push_back({model_.operands()[operand].extents, false, 0});
    return *(places_[operand] = static_cast<std::uint32_t>(network_.tensors.size() - 1));
  }

  std::uint32_t tensor(std::uint32_t operand) {
    if (!places_[operand]) add_constant(operand);
    return *places_[operand];
  }

  void check_type(std::uint32_t operand) const {
    const std::int32_t type = model_.operands()[operand].type;
    if (type != type::tensor_float32 && type != type::tensor_float16 && !is_int8(type)) {
      refuse(kUnmappable, "operand ", operand, " is of type ", type,
             ": tensors of float32, float16 and int8 alone are simulated");
    }
  }

  void add_constant(std::uint32_t operand) {
    check_type(operand);
    const Operand& constant = model_.operands()[operand];
    if (!constant.value) refuse(kBadData, "operand ", operand, " has no value");
    const std::uint64_t first = constants_.size();
    const std::size_t count = count_elements(constant.extents);
    constants_.resize(first + count);
    Half* halves = constants_.data() + first;
    if (is_int8(constant.type)) {
      for (std::size_t i = 0; i < count; ++i) {
        halves[i] = to_half(static_cast<float>(static_cast<std::int8_t>((*constant.value)[i])));
      }
    } else if (constant.type == type::tensor_float16) {
      std::memcpy(halves, constant.value->data(), count * sizeof(Half));
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        float value;
        std::memcpy(&value, constant.value->data() + i * sizeof(float), sizeof(float));
        halves[i] = to_half(value);
      }
    }
    network_.tensors.push_back({constant.extents, true, first});
    places_[operand] = static_cast<std::uint32_t>(network_.tensors.size() - 1);
  }

  const Model& model_;
  Network network_;
  std::vector<Half> constants_;
  std::vector<std::optional<std::uint32_t>> places_;  ///< of each operand, its tensor
};

}  // namespace

std::vector<bool> supported_operations(const Model& model) {
  std::vector<bool> supported;
  for (const Operation& operation : model.operations()) {
    try {
      (void)translate(model, operation);
      supported.push_back(true);
    } catch (const Refusal& refusal) {
      if (refusal.result() != kUnmappable) throw;
      supported.push_back(false);
    }
  }
  return supported;
}

Network compile(const Model& model) { return Compiler(model).run(); }

}  // namespace sotto::simulator
