#include "compile/targets/tensor_rules.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>

#include "compile/targets/operator_tables.h"
#include "core/base/error.h"
#include "core/base/float16.h"

namespace sotto {
namespace {

using Type = tflite::TensorType;

constexpr std::size_t kMostAxes = 4;
// Of finite float16.
constexpr float kLargestHalf = 65504.0F;

/// What MDLA computes with, and the integers that say how.
bool is_type_of_mdla(Type type) {
  switch (type) {
    case Type::float32:  // computed in float16
    case Type::float16:
    case Type::int8:
    case Type::uint8:
    case Type::int16:
    case Type::int32:
      return true;
    default:
      return false;
  }
}

/// What the plugin's public source maps to a type of Neuron (neuron_utils.cc).
bool is_type_of_plugin(const TfliteTensor& tensor) {
  switch (tensor.type) {
    case Type::float32:
    case Type::float16:
    case Type::int32:
    case Type::uint8:
    case Type::boolean:
      return true;
    case Type::int8:
    case Type::int4:
      return tensor.scales > 0;
    case Type::int16:
    case Type::uint16:
      return tensor.scales == 1;
    case Type::int64:
      return tensor.constant.has_value();
    default:
      return false;
  }
}

Objection type_objection(const TfliteTensor& tensor, std::string_view whose) {
  std::string reason =
      concat("is ", to_string(tensor.type), tensor.scales > 0 ? " (quantized)" : "", ", which ",
             whose, " does not take");
  if (tensor.type == Type::int64) return {std::move(reason), "store the numbers as int32"};
  if (tensor.type == Type::int16 || tensor.type == Type::uint16) {
    return {std::move(reason), "quantize it with one scale for the whole tensor"};
  }
  if (tensor.type == Type::int8)
    return {std::move(reason), "give it a scale, or store it as int32"};
  return {std::move(reason), "store it as float32 or float16"};
}

/// What MDLA 3.0's table asks of values beyond what others do; constants are its compiler's affair.
std::optional<Objection> object_by_mdla_3_0(const TfliteTensor& tensor) {
  constexpr std::int64_t kLongestAxis = 65535;
  if (tensor.constant) return std::nullopt;
  const auto longest = std::max_element(tensor.shape.begin(), tensor.shape.end());
  if (longest != tensor.shape.end() && *longest > kLongestAxis) {
    return Objection{
        concat("has an axis of ", *longest, ", and MDLA 3.0's have at most ", kLongestAxis),
        "cut the value into parts"};
  }
  if (tensor.type == Type::int32) {
    return Objection{
        "is int32, which is not among the types of MediaTek's public list for MDLA 3.0",
        "hand it over as float32 or float16, or look it up on the CPU"};
  }
  return std::nullopt;
}

struct Outliers {
  std::size_t count = 0;
  float first = 0.0F;
  void look_at(float value) {
    if (std::abs(value) <= kLargestHalf) return;  // false for what is no number, too
    if (count++ == 0) first = value;
  }
};

template <class Stored, class Widen>
Outliers beyond_half(std::span<const std::byte> bytes, Widen widen) {
  Outliers outliers;
  for (std::size_t at = 0; at + sizeof(Stored) <= bytes.size(); at += sizeof(Stored)) {
    Stored stored{};
    std::memcpy(&stored, bytes.data() + at, sizeof stored);
    outliers.look_at(widen(stored));
  }
  return outliers;
}

Outliers beyond_half(const TfliteTensor& tensor) {
  if (!tensor.constant) return {};
  if (tensor.type == Type::float32) {
    return beyond_half<float>(*tensor.constant, [](float value) { return value; });
  }
  if (tensor.type == Type::float16) {
    return beyond_half<std::uint16_t>(*tensor.constant,
                                      [](std::uint16_t bits) { return float16_to_float32(bits); });
  }
  return {};
}

}  // namespace

std::optional<Objection> object_to_tensor(const TfliteTensor& tensor,
                                          const ToolchainSet& toolchains) {
  if (!tensor.has_fixed_shape) {
    return Objection{"has no fixed shape", "export the graph with fixed shapes and lengths"};
  }
  if (tensor.shape.size() > kMostAxes) {
    return Objection{
        concat("has ", tensor.shape.size(), " axes, and NPUs have at most ", kMostAxes),
        "fold axes into one with RESHAPE"};
  }
  if (toolchains.ncc && !is_type_of_mdla(tensor.type)) return type_objection(tensor, "the NPU");
  if (toolchains.litert && !is_type_of_plugin(tensor)) {
    return type_objection(tensor, "LiteRT's MediaTek plugin");
  }
  if (toolchains.ncc && toolchains.mdla == MdlaTable::v3_0) return object_by_mdla_3_0(tensor);
  return std::nullopt;
}

std::optional<Objection> object_to_scales(const TfliteTensor& tensor,
                                          std::string_view operator_name,
                                          const ToolchainSet& toolchains) {
  if (!toolchains.ncc || toolchains.mdla != MdlaTable::v3_0 || tensor.scales <= 1)
    return std::nullopt;
  if (takes_scales_by_channel(operator_name)) return std::nullopt;
  return Objection{
      concat("has a scale a channel, which MediaTek's public list for MDLA 3.0 has for "
             "convolutions, FULLY_CONNECTED and PRELU, and not for ",
             operator_name),
      "quantize it with one scale for the whole tensor"};
}

std::optional<Objection> object_to_values(const TfliteTensor& tensor) {
  const Outliers outliers = beyond_half(tensor);
  if (outliers.count == 0) return std::nullopt;
  return Objection{
      concat("holds ", outliers.count, outliers.count == 1 ? " number" : " numbers",
             " beyond ±65504, the first ", outliers.first, ", and the NPU computes in float16"),
      "for a mask, take −10000 in place of −1e9 or −inf"};
}

}  // namespace sotto
