#include "run/self_test/case_values.h"

#include <cmath>

#include "core/base/error.h"
#include "core/base/float16.h"
#include "run/self_test/operation_codes.h"

namespace sotto {
namespace {

constexpr float kSmallestNormal = 0x1p-14F;

/// Numbers from 0 to 1, by Steele, Lea and Flood's SplitMix64: alike everywhere, which the
/// distributions of the standard library are not.
class Uniform {
 public:
  explicit Uniform(std::uint64_t seed) : state_(seed) {}
  float next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return static_cast<float>((z ^ (z >> 31U)) >> 40U) * 0x1p-24F;
  }

 private:
  std::uint64_t state_;
};

/// Where the numbers of an operand lie.
struct Range {
  float least, most;
  bool both_signs;  ///< half of them below zero
};

Range around_zero(float most) { return {0, most, true}; }

std::int64_t depth_of(const OperationCase& one) {
  const Shape& weight = one.input(1).shape;
  return num_elements(weight) / std::max<std::int64_t>(1, weight.empty() ? 1 : weight.front());
}

/// Products get numbers of variance 1, and weights such that sums of products have that too;
/// softmax and GELU what spans the interesting part of their curves; divisors and what is under a
/// root keep away from zero.
Range range_of(const OperationCase& one, std::size_t place) {
  const float unit = std::sqrt(3.0F);
  switch (one.op().code) {
    case operator_code::fully_connected:
    case operator_code::conv_2d:
      return around_zero(place == 1 ? unit / std::sqrt(static_cast<float>(depth_of(one))) : unit);
    case operator_code::softmax:
    case operator_code::gelu:
      return around_zero(6);
    case operator_code::rsqrt:
      return {0x1p-6F, 8, false};
    case operator_code::div:
      return place == 1 ? Range{0.5F, 2, true} : around_zero(unit);
    default:
      return around_zero(unit);
  }
}

void fill(std::span<float> values, const Range& range, Uniform& random) {
  for (float& value : values) {
    float number = range.least + (range.most - range.least) * random.next();
    number = float16_to_float32(float32_to_float16(std::max(number, kSmallestNormal)));
    value = range.both_signs && random.next() < 0.5F ? -number : number;
  }
}

/// FNV-1a.
std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash;
}

bool is_float(const TfliteTensor& tensor) {
  return tensor.type == tflite::TensorType::float32 || tensor.type == tflite::TensorType::float16;
}

}  // namespace

CaseValues::CaseValues(const OperationCase& one, std::uint64_t seed)
    : case_(one), graph_(one.graph) {
  Uniform random(seed ^ hash_of(concat(one.operation, ' ', one.description)));
  for (std::size_t place = 0; place < one.op().inputs.size(); ++place) {
    const std::int32_t index = one.op().inputs[place];
    if (index < 0 || !is_float(one.tensor(index)) || values_.count(index) != 0) continue;
    std::vector<float>& values = values_[index];
    values.resize(static_cast<std::size_t>(num_elements(one.tensor(index).shape)));
    fill(values, range_of(one, place), random);
    TfliteTensor& tensor = graph_.tensors[static_cast<std::size_t>(index)];
    if (tensor.constant) tensor.constant = std::as_bytes(std::span<const float>(values));
  }
  for (std::size_t i = 0; i + 1 < one.graph.operators.size(); ++i) {
    const TfliteOperator& dequantize = one.graph.operators[i];
    const std::vector<float>& values = values_.at(dequantize.outputs.front());
    std::vector<std::uint16_t>& halves = halves_[dequantize.inputs.front()];
    halves.reserve(values.size());
    for (const float value : values) halves.push_back(float32_to_float16(value));
    graph_.tensors[static_cast<std::size_t>(dequantize.inputs.front())].constant =
        std::as_bytes(std::span<const std::uint16_t>(halves));
  }
}

std::span<const float> CaseValues::operand(std::size_t place) const {
  const std::int32_t index =
      place < case_.op().inputs.size() ? case_.op().inputs[place] : std::int32_t{-1};
  const auto found = values_.find(index);
  if (found == values_.end()) return {};
  return found->second;
}

}  // namespace sotto
