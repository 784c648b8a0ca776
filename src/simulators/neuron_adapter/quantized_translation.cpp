#include "simulators/neuron_adapter/quantized_translation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string_view>

#include "simulators/neuron_adapter/refusal.h"
#include "simulators/neuron_adapter/switches.h"

namespace sotto::simulator {
namespace {

using namespace neuron;

bool is_float(const Operand& operand) {
  return operand.type == type::tensor_float32 || operand.type == type::tensor_float16;
}

bool has_scale_by_channel(const Operand& operand) {
  return operand.type == type::tensor_quant8_symm_per_channel;
}

/// Adds how a tensor with one scale is quantized: its zero point, and its scale.
void add_form(const Operand& operand, Translation& translation) {
  if (!is_int8(operand.type) || has_scale_by_channel(operand)) {
    refuse(kUnmappable, "expected a tensor of int8 with one scale, found one of type ",
           operand.type);
  }
  if (operand.scales.empty()) refuse(kUnmappable, "a quantized tensor has no scale");
  if (operand.zero_point < -128 || operand.zero_point > 127 ||
      (operand.type == type::tensor_quant8_symm && operand.zero_point != 0)) {
    refuse(kBadData, "a tensor of type ", operand.type, " has the zero point ", operand.zero_point);
  }
  translation.integers.push_back(operand.zero_point);
  translation.reals.push_back(operand.scales.front());
}

// LiteRT's issue 7603.
void check_channels() {
  constexpr auto kRefusing = std::to_array<std::string_view>({"mt6989", "mt6991", "mt6993"});
  if (std::find(kRefusing.begin(), kRefusing.end(), soc()) != kRefusing.end()) {
    refuse(kUnmappable, "weights with a scale a channel do not compile for ", soc());
  }
}

/// Adds the weights' zero point (0 where they have a scale a channel) and a scale for each channel.
void add_weights(const Operand& weights, Translation& translation) {
  if (!has_scale_by_channel(weights)) {
    add_form(weights, translation);
    translation.reals.resize(translation.reals.size() - 1 + weights.extents.front(),
                             weights.scales.front());
    return;
  }
  check_channels();
  if (weights.scales.size() != weights.extents.front()) {
    refuse(kBadData, "weights of ", to_string(weights.extents), " have no scales");
  }
  translation.integers.push_back(0);
  translation.reals.insert(translation.reals.end(), weights.scales.begin(), weights.scales.end());
}

/// Adds a bias, in units of the input's and the weights' scales.
void add_bias(const Operand& bias, Translation& translation) {
  const bool is_refused = is_at_least(9, 0, 0) && !is_at_least(9, 0, 4);
  if (is_refused && !is_float(bias)) {
    refuse(kUnmappable, "version 9.0.3 takes no bias but of float, found one of type ", bias.type);
  }
  if ((bias.type != type::tensor_int32 && bias.type != type::tensor_int32_per_channel) ||
      !bias.value) {
    refuse(kUnmappable, "expected a constant bias of int32 with int8 weights, found type ",
           bias.type);
  }
  const std::size_t first = translation.integers.size();
  translation.integers.resize(first + count_elements(bias.extents));
  std::memcpy(translation.integers.data() + first, bias.value->data(), bias.value->size());
}

// The bias's own scale is to be the product of the others.
void check_bias_scale(const Operand& input, const Operand& weights, const Operand& bias) {
  constexpr double kSlack = 1e-3;
  for (std::size_t i = 0; i < bias.scales.size(); ++i) {
    const double product = double{input.scales.front()} *
                           double{weights.scales[std::min(i, weights.scales.size() - 1)]};
    if (std::abs(bias.scales[i] - product) > kSlack * product) {
      refuse(kBadData, "expected a bias with the scale ", product,
             ", which is the input's times the weights', found ", bias.scales[i]);
    }
  }
}

// input, weights, bias
Translation layer(const Operands& operands, Translation translation, Kind kind) {
  translation.kind = kind;
  translation.tensors = {0, 1};
  add_form(operands.at(0), translation);
  add_form(operands.result(), translation);
  add_weights(operands.at(1), translation);
  add_bias(operands.at(2), translation);
  check_bias_scale(operands.at(0), operands.at(1), operands.at(2));
  return translation;
}

Translation of_two(const Operands& operands, Translation translation, Kind kind) {
  translation.kind = kind;
  add_form(operands.at(0), translation);
  add_form(operands.at(1), translation);
  add_form(operands.result(), translation);
  return translation;
}

Translation quantize(const Operands& operands, Translation translation) {
  if (!is_float(operands.at(0))) refuse(kUnmappable, "what is quantized is quantized again");
  add_form(operands.result(), translation);
  return translation;
}

// Of float16 it is a copy.
Translation dequantize(const Operands& operands, Translation translation) {
  translation.kind = Kind::dequantize;
  add_form(operands.at(0), translation);
  return translation;
}

Translation moved(const Operands& operands, Translation translation) {
  const Operand &from = operands.at(0), &to = operands.result();
  if (from.scales != to.scales || from.zero_point != to.zero_point) {
    refuse(kBadData, "a tensor that is only moved changes its scale");
  }
  return translation;
}

}  // namespace

bool is_int8(std::int32_t type) {
  return type == type::tensor_quant8_symm || type == type::tensor_quant8_asymm_signed ||
         type == type::tensor_quant8_symm_per_channel;
}

Translation translate_quantized(const Operands& operands, Translation translation) {
  const bool result_is_float = is_float(operands.result());
  const bool any = !result_is_float ||
                   std::any_of(translation.tensors.begin(), translation.tensors.end(),
                               [&](std::size_t place) { return !is_float(operands.at(place)); });
  if (!any) return translation;
  if (translation.kind == Kind::copy && result_is_float && operands.count() == 1) {
    return dequantize(operands, std::move(translation));
  }
  if (result_is_float || is_float(operands.at(0)) != (translation.kind == Kind::quantize)) {
    refuse(kUnmappable, "float and quantized tensors are computed with one another");
  }
  switch (translation.kind) {
    case Kind::quantize:
      return quantize(operands, std::move(translation));
    case Kind::copy:
      return moved(operands, std::move(translation));
    case Kind::fully_connected:
      return layer(operands, std::move(translation), Kind::quantized_fully_connected);
    case Kind::conv_2d:
      return layer(operands, std::move(translation), Kind::quantized_conv_2d);
    case Kind::batch_matmul:
      return of_two(operands, std::move(translation), Kind::quantized_batch_matmul);
    case Kind::add:
      return of_two(operands, std::move(translation), Kind::quantized_add);
    case Kind::multiply:
      return of_two(operands, std::move(translation), Kind::quantized_multiply);
    default:
      refuse(kUnmappable, "the operation is not simulated of quantized tensors");
  }
}

}  // namespace sotto::simulator
