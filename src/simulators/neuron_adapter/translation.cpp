#include "simulators/neuron_adapter/translation.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>

#include "simulators/neuron_adapter/operands.h"
#include "simulators/neuron_adapter/quantized_translation.h"
#include "simulators/neuron_adapter/refusal.h"
#include "simulators/neuron_adapter/switches.h"

namespace sotto::simulator {
namespace {

using namespace neuron;

constexpr std::size_t kMostAxes = 4;

void expect_output(const Operands& operands, const Extents& expected) {
  if (operands.output() != expected) {
    refuse(kBadData, "expected an output of ", to_string(expected), ", found ",
           to_string(operands.output()));
  }
}

void expect_no_activation(const Operands& operands, std::size_t place) {
  if (operands.integer(place) != kNoActivation) {
    refuse(kUnmappable, "activations fused into an operation are not simulated");
  }
}

std::vector<std::size_t> first(std::size_t count) {
  std::vector<std::size_t> places(count);
  std::iota(places.begin(), places.end(), std::size_t{0});
  return places;
}

Translation plain(Kind kind, std::size_t tensors = 1) { return {kind, first(tensors), {}, {}}; }

// Axes are aligned from the last; an axis of 1, or none, is repeated.
Extents broadcast(const Extents& a, const Extents& b) {
  Extents result(std::max(a.size(), b.size()));
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::uint32_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::uint32_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1) {
      refuse(kBadData, to_string(a), " and ", to_string(b), " do not go together");
    }
    result[result.size() - 1 - i] = std::max(x, y);
  }
  return result;
}

Translation same_extents(const Operands& operands, Kind kind) {
  operands.expect(1);
  expect_output(operands, operands.extents(0));
  return plain(kind);
}

Translation binary(const Operands& operands, Kind kind) {
  expect_output(operands, broadcast(operands.extents(0), operands.extents(1)));
  return plain(kind, 2);
}

Translation binary_with_activation(const Operands& operands, Kind kind) {
  operands.expect(3);
  expect_no_activation(operands, 2);
  return binary(operands, kind);
}

Translation maximum(const Operands& operands) {
  operands.expect(2);
  return binary(operands, Kind::maximum);
}

Translation fully_connected(const Operands& operands) {
  operands.expect(4);
  expect_no_activation(operands, 3);
  const Extents &input = operands.extents(0), &weight = operands.extents(1);
  if (input.empty() || weight.size() != 2 || weight[1] != input.back() ||
      operands.extents(2) != Extents{weight[0]}) {
    refuse(kBadData, "an input of ", to_string(input), ", weights of ", to_string(weight),
           " and a bias of ", to_string(operands.extents(2)), " do not go together");
  }
  Extents kept = input;
  kept.back() = weight[0];
  const Extents flat{static_cast<std::uint32_t>(count_elements(input) / input.back()), weight[0]};
  if (operands.output() != flat) {
    if (kept.size() > 2 && !is_at_least(8, 2, 24)) {
      refuse(kUnmappable, "before version 8.2.24 FULLY_CONNECTED gives ", to_string(flat),
             ", found an output of ", to_string(operands.output()));
    }
    expect_output(operands, kept);
  }
  return plain(Kind::fully_connected, 3);
}

Translation batch_matmul(const Operands& operands) {
  operands.expect(4);
  const bool turn_a = operands.boolean(2), turn_b = operands.boolean(3);
  const Extents &a = operands.extents(0), &b = operands.extents(1);
  if (a.size() < 2 || a.size() != b.size() ||
      !std::equal(a.begin(), a.end() - 2, b.begin(), b.end() - 2)) {
    refuse(kBadData, to_string(a), " and ", to_string(b), " are no stacks of as many matrices");
  }
  const std::size_t last = a.size() - 1;
  const std::uint32_t rows = a[turn_a ? last : last - 1], depth = a[turn_a ? last - 1 : last];
  const std::uint32_t columns = b[turn_b ? last - 1 : last];
  if (b[turn_b ? last : last - 1] != depth) {
    refuse(kBadData, to_string(a), " and ", to_string(b), " do not go together");
  }
  Extents expected = a;
  expected[last - 1] = rows;
  expected[last] = columns;
  expect_output(operands, expected);
  return {Kind::batch_matmul, first(2), {turn_a, turn_b}, {}};
}

Translation softmax(const Operands& operands) {
  operands.expect(2);
  if (operands.real(1) != 1.0F) refuse(kUnmappable, "a softmax with another beta than 1");
  expect_output(operands, operands.extents(0));
  return plain(Kind::softmax);
}

Translation gelu(const Operands& operands) {
  operands.expect(2);
  expect_output(operands, operands.extents(0));
  return plain(Kind::gelu);
}

Translation reduction(const Operands& operands, Kind kind, bool keeps) {
  const auto axes = operands.integers(1);
  const Extents& input = operands.extents(0);
  const auto last = static_cast<std::int32_t>(input.size()) - 1;
  if (axes.size() != 1 || (axes[0] != last && axes[0] != -1)) {
    refuse(kUnmappable, "reductions over other axes than the last are not simulated");
  }
  Extents expected = input;
  expected.back() = 1;
  if (!keeps) expected.pop_back();
  expect_output(operands, expected);
  return plain(kind);
}

Translation mean(const Operands& operands) {
  operands.expect(3);
  return reduction(operands, Kind::mean, operands.integer(2) != 0);
}

Translation reduce_max(const Operands& operands) {
  operands.expect(3);
  return reduction(operands, Kind::reduce_maximum, operands.boolean(2));
}

Translation reshape(const Operands& operands) {
  operands.expect(2);
  (void)operands.integers(1);
  if (count_elements(operands.extents(0)) != count_elements(operands.output())) {
    refuse(kBadData, to_string(operands.extents(0)), " cannot become ",
           to_string(operands.output()));
  }
  return plain(Kind::copy);
}

Translation transpose(const Operands& operands) {
  operands.expect(2);
  const Extents& input = operands.extents(0);
  auto order = operands.integers(1);
  std::vector<std::int32_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  Extents expected;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted.size() != input.size() || sorted[i] != static_cast<std::int32_t>(i)) {
      refuse(kBadData, "expected an order of ", input.size(), " axes");
    }
    expected.push_back(input[static_cast<std::size_t>(order[i])]);
  }
  expect_output(operands, expected);
  return {Kind::transpose, first(1), std::move(order), {}};
}

Translation concatenation(const Operands& operands) {
  const std::size_t tensors = operands.count() - 1;
  const std::int32_t axis = operands.integer(tensors);
  Extents expected = operands.extents(0);
  if (tensors == 0 || axis < 0 || static_cast<std::size_t>(axis) >= expected.size()) {
    refuse(kBadData, "expected tensors and one of their axes, found axis ", axis);
  }
  const auto place = static_cast<std::size_t>(axis);
  for (std::size_t i = 1; i < tensors; ++i) {
    Extents extents = operands.extents(i);
    if (extents.size() != expected.size()) refuse(kBadData, "tensors of other ranks are joined");
    expected[place] += extents[place];
    extents[place] = operands.extents(0)[place];
    if (extents != operands.extents(0)) refuse(kBadData, "tensors of other extents are joined");
  }
  expect_output(operands, expected);
  return {Kind::concatenate, first(tensors), {axis}, {}};
}

Translation slice(const Operands& operands) {
  operands.expect(3);
  const Extents &input = operands.extents(0), &output = operands.output();
  auto begin = operands.integers(1);
  const auto count = operands.integers(2);
  if (begin.size() != input.size() || count.size() != input.size() ||
      output.size() != input.size()) {
    refuse(kBadData, "expected a place and an extent for each of ", input.size(), " axes");
  }
  for (std::size_t i = 0; i < input.size(); ++i) {
    const bool fits = begin[i] >= 0 && output[i] <= input[i] &&
                      static_cast<std::uint32_t>(begin[i]) <= input[i] - output[i];
    if (!fits || (count[i] != -1 && static_cast<std::uint32_t>(count[i]) != output[i])) {
      refuse(kBadData, "a slice leaves ", to_string(input));
    }
  }
  return {Kind::slice, first(1), std::move(begin), {}};
}

Translation pad(const Operands& operands) {
  operands.expect(2);
  const auto paddings = operands.integers(1);
  Extents expected = operands.extents(0);
  if (paddings.size() != 2 * expected.size()) {
    refuse(kBadData, "expected two paddings an axis, found ", paddings.size());
  }
  std::vector<std::int32_t> before;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (paddings[2 * i] < 0 || paddings[2 * i + 1] < 0) refuse(kBadData, "a padding is negative");
    before.push_back(paddings[2 * i]);
    expected[i] += static_cast<std::uint32_t>(paddings[2 * i] + paddings[2 * i + 1]);
  }
  expect_output(operands, expected);
  return {Kind::pad, first(1), std::move(before), {}};
}

Translation conv_2d(const Operands& operands) {
  operands.expect(10);
  const Extents &input = operands.extents(0), &weight = operands.extents(1);
  const std::int32_t across = operands.integer(4), down = operands.integer(5);
  if (operands.integer(3) != kPaddingValid || operands.boolean(7) || operands.integer(8) != 1 ||
      operands.integer(9) != 1) {
    refuse(kUnmappable, "convolutions with padding, channels first or dilation are not simulated");
  }
  expect_no_activation(operands, 6);
  if (input.size() != 4 || weight.size() != 4 || input[3] != weight[3] || across < 1 || down < 1 ||
      weight[1] > input[1] || weight[2] > input[2] || operands.extents(2) != Extents{weight[0]}) {
    refuse(kBadData, "an input of ", to_string(input), " and weights of ", to_string(weight),
           " do not go together");
  }
  expect_output(operands,
                {input[0], (input[1] - weight[1]) / static_cast<std::uint32_t>(down) + 1,
                 (input[2] - weight[2]) / static_cast<std::uint32_t>(across) + 1, weight[0]});
  return {Kind::conv_2d, first(3), {down, across}, {}};
}

// [x, axis, scale, offset, epsilon, name]; the axis is the last one.
Translation layer_norm(const Operands& operands) {
  operands.expect(6);
  const Extents& input = operands.extents(0);
  const auto axes = operands.integers(1);
  const Extents width{input.empty() ? 0 : input.back()};
  if (axes != std::vector{static_cast<std::int32_t>(input.size()) - 1} ||
      operands.extents(2) != width || operands.extents(3) != width) {
    refuse(kBadData, "expected a layer norm over the last axis of ", to_string(input));
  }
  expect_output(operands, input);
  return {Kind::layer_norm, {0, 2, 3}, {}, {operands.real(4)}};
}

Translation general(const Operands& operands) {
  const std::string name = operands.name();
  if (name == switches().lacks) refuse(kUnmappable, "this NPU does not run ", name);
  if (name == kLayerNormalization) return layer_norm(operands);
  if (name == "MTKEXT_SQUARED_DIFFERENCE") {
    operands.expect(3);
    return binary(operands, Kind::squared_difference);
  }
  refuse(kUnmappable, "the extension ", name, " is not simulated");
}

using Translate = std::function<Translation(const Operands&)>;

Translate binary_of(Kind kind) {
  return [kind](const Operands& operands) { return binary_with_activation(operands, kind); };
}
Translate unary_of(Kind kind) {
  return [kind](const Operands& operands) { return same_extents(operands, kind); };
}

const std::map<std::int32_t, Translate>& table() {
  static const std::map<std::int32_t, Translate> translations{
      {operation::add, binary_of(Kind::add)},
      {operation::sub, binary_of(Kind::subtract)},
      {operation::mul, binary_of(Kind::multiply)},
      {operation::div, binary_of(Kind::divide)},
      {operation::maximum, maximum},
      {operation::abs, unary_of(Kind::absolute)},
      {operation::rsqrt, unary_of(Kind::reciprocal_sqrt)},
      {operation::dequantize, unary_of(Kind::copy)},
      {operation::quantize, unary_of(Kind::quantize)},
      {operation::fully_connected, fully_connected},
      {operation::batch_matmul, batch_matmul},
      {operation::softmax, softmax},
      {operation::gelu, gelu},
      {operation::mean, mean},
      {operation::reduce_max, reduce_max},
      {operation::reshape, reshape},
      {operation::transpose, transpose},
      {operation::concatenation, concatenation},
      {operation::slice, slice},
      {operation::pad, pad},
      {operation::conv_2d, conv_2d},
      {kGeneralOperation, general},
  };
  return translations;
}

void check_axes(const Extents& extents) {
  if (extents.size() > kMostAxes) {
    refuse(kUnmappable, "the NPU takes at most ", kMostAxes, " axes, found ", to_string(extents));
  }
}

}  // namespace

Translation translate(const Model& model, const Operation& operation) {
  const auto found = table().find(operation.type);
  if (found == table().end()) {
    refuse(kUnmappable, "operation type ", operation.type, " is not one that the NPU runs");
  }
  const Operands operands(model, operation);
  Translation translation = translate_quantized(operands, found->second(operands));
  for (const std::size_t place : translation.tensors) check_axes(operands.extents(place));
  check_axes(operands.output());
  return translation;
}

}  // namespace sotto::simulator
