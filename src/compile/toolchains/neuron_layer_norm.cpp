#include "compile/toolchains/neuron_layer_norm.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace sotto {
namespace {

// The format's numbers of operators.
constexpr std::int32_t kAdd = 0, kMul = 18, kMean = 40, kSub = 41, kDiv = 42, kMaximum = 55;
constexpr std::int32_t kRsqrt = 76, kReduceMax = 82, kAbs = 101;

/// Thrown where a graph's operators are others than a layer norm's.
struct NoMatch {};

bool fuses_nothing(const tflite::Operator& op) {
  const auto is_none = [](const auto* options) {
    return options != nullptr && options->activation() == tflite::Activation::none;
  };
  switch (op.builtin_options_type()) {
    case tflite::BuiltinOptions::AddOptions:
      return is_none(op.builtin_options_as_AddOptions());
    case tflite::BuiltinOptions::MulOptions:
      return is_none(op.builtin_options_as_MulOptions());
    case tflite::BuiltinOptions::SubOptions:
      return is_none(op.builtin_options_as_SubOptions());
    case tflite::BuiltinOptions::DivOptions:
      return is_none(op.builtin_options_as_DivOptions());
    default:
      return true;
  }
}

/// Who writes and who reads each tensor.
class Uses {
 public:
  explicit Uses(const TfliteSubgraph& graph)
      : writers_(graph.tensors.size()), readers_(graph.tensors.size()) {
    for (std::size_t i = 0; i < graph.operators.size(); ++i) {
      for (const std::int32_t input : graph.operators[i].inputs) {
        if (input >= 0) readers_[static_cast<std::size_t>(input)].push_back(i);
      }
      for (const std::int32_t output : graph.operators[i].outputs) {
        writers_[static_cast<std::size_t>(output)] = i;
      }
    }
  }

  [[nodiscard]] std::optional<std::size_t> writer(std::int32_t tensor) const {
    return tensor < 0 ? std::nullopt : writers_[static_cast<std::size_t>(tensor)];
  }
  [[nodiscard]] const std::vector<std::size_t>& readers(std::int32_t tensor) const {
    return readers_[static_cast<std::size_t>(tensor)];
  }

 private:
  std::vector<std::optional<std::size_t>> writers_;
  std::vector<std::vector<std::size_t>> readers_;
};

/// Follows the operators around one reciprocal square root. Everything throws NoMatch.
class Match {
 public:
  Match(const TfliteSubgraph& graph, const tflite::SubGraph& raw, const Uses& uses)
      : graph_(graph), raw_(raw), uses_(uses) {}

  TfliteLayerNorm around(std::size_t rsqrt) {
    (void)take(rsqrt, kRsqrt);
    const std::int32_t inverse = result(rsqrt);
    const TfliteOperator& sum = written(argument(rsqrt, 0), kAdd);
    const std::int32_t unit = squared(reduced(sum.inputs[0], kMean));
    const TfliteOperator& scaled_down = written(unit, kDiv);
    const std::int32_t centered = scaled_down.inputs[0], magnitude = scaled_down.inputs[1];
    const TfliteOperator& root = written(squared(sum.inputs[1]), kDiv);
    expect(root.inputs[1] == magnitude);
    const TfliteOperator& largest = written(magnitude, kMaximum);
    expect(number(largest.inputs[1]) > 0);
    expect(written(reduced(largest.inputs[0], kReduceMax), kAbs).inputs[0] == centered);
    const TfliteOperator& difference = written(centered, kSub);

    TfliteLayerNorm norm;
    norm.input = difference.inputs[0];
    expect(reduced(difference.inputs[1], kMean) == norm.input);
    const float small = number(root.inputs[0]);
    norm.epsilon = small * small;
    const std::int32_t normalized = reader_of(inverse, kMul, unit);
    norm.scale = row(normalized, kMul);
    norm.offset = row(result(operators_.back()), kAdd);
    norm.output = result(operators_.back());
    expect_closed(norm.output);
    std::sort(operators_.begin(), operators_.end());
    norm.operators = operators_;
    return norm;
  }

 private:
  static void expect(bool holds) {
    if (!holds) throw NoMatch();
  }

  const TfliteOperator& take(std::size_t place, std::int32_t code) {
    const TfliteOperator& op = graph_.operators[place];
    expect(op.code == code && !op.composite && op.outputs.size() == 1 && !op.inputs.empty());
    expect(fuses_nothing(*raw_.operators()->Get(static_cast<flatbuffers::uoffset_t>(place))));
    if (std::find(operators_.begin(), operators_.end(), place) == operators_.end()) {
      operators_.push_back(place);
    }
    return op;
  }

  [[nodiscard]] std::int32_t argument(std::size_t place, std::size_t index) const {
    return graph_.operators[place].inputs[index];
  }
  [[nodiscard]] std::int32_t result(std::size_t place) const {
    return graph_.operators[place].outputs.front();
  }
  [[nodiscard]] const TfliteTensor& tensor(std::int32_t index) const {
    expect(index >= 0);
    return graph_.tensors[static_cast<std::size_t>(index)];
  }

  /// The operator that writes a tensor, which must be one of this kind.
  const TfliteOperator& written(std::int32_t index, std::int32_t code) {
    const auto writer = uses_.writer(index);
    expect(writer.has_value());
    const TfliteOperator& op = take(*writer, code);
    expect(code == kAbs || op.inputs.size() == 2);
    return op;
  }

  /// What is squared to give a tensor.
  std::int32_t squared(std::int32_t index) {
    const TfliteOperator& op = written(index, kMul);
    expect(op.inputs[0] == op.inputs[1]);
    return op.inputs[0];
  }

  /// What a tensor is the mean or largest of, over its last axis, which stays as one of 1.
  std::int32_t reduced(std::int32_t index, std::int32_t code) {
    const TfliteOperator& op = written(index, code);
    const TfliteTensor& axis = tensor(op.inputs[1]);
    Shape shape = tensor(op.inputs[0]).shape;
    expect(!shape.empty() && axis.type == tflite::TensorType::int32 && axis.constant &&
           axis.constant->size() == sizeof(std::int32_t));
    std::int32_t value = 0;
    std::memcpy(&value, axis.constant->data(), sizeof(value));
    expect(value == -1 || value == static_cast<std::int32_t>(shape.size()) - 1);
    shape.back() = 1;
    expect(tensor(index).shape == shape);
    return op.inputs[0];
  }

  /// A constant of one float.
  [[nodiscard]] float number(std::int32_t index) const {
    const TfliteTensor& constant = tensor(index);
    expect(constant.type == tflite::TensorType::float32 && constant.constant &&
           constant.constant->size() == sizeof(float));
    float value = 0;
    std::memcpy(&value, constant.constant->data(), sizeof(value));
    return value;
  }

  /// The result of the one operator that reads a tensor, behind `first`.
  std::int32_t reader_of(std::int32_t index, std::int32_t code, std::int32_t first) {
    const auto& readers = uses_.readers(index);
    expect(readers.size() == 1);
    const TfliteOperator& op = take(readers.front(), code);
    expect(op.inputs.size() == 2 && op.inputs[0] == first && op.inputs[1] == index);
    return op.outputs.front();
  }

  /// The constant row that the one reader of a tensor multiplies with it, or adds to it.
  std::int32_t row(std::int32_t index, std::int32_t code) {
    const auto& readers = uses_.readers(index);
    expect(readers.size() == 1);
    const TfliteOperator& op = take(readers.front(), code);
    expect(op.inputs.size() == 2 && op.inputs[0] == index);
    const TfliteTensor& constant = tensor(op.inputs[1]);
    expect(constant.type == tflite::TensorType::float32 && constant.constant &&
           constant.shape == Shape{tensor(index).shape.back()});
    return op.inputs[1];
  }

  /// Nothing reads what is between the operators but they themselves.
  void expect_closed(std::int32_t output) const {
    for (const std::size_t place : operators_) {
      const std::int32_t between = result(place);
      if (between == output) continue;
      const auto is_inside = [&](std::size_t reader) {
        return std::find(operators_.begin(), operators_.end(), reader) != operators_.end();
      };
      const auto& readers = uses_.readers(between);
      expect(std::all_of(readers.begin(), readers.end(), is_inside));
      expect(std::find(graph_.outputs.begin(), graph_.outputs.end(), between) ==
             graph_.outputs.end());
    }
  }

  const TfliteSubgraph& graph_;
  const tflite::SubGraph& raw_;
  const Uses& uses_;
  std::vector<std::size_t> operators_;
};

}  // namespace

std::vector<TfliteLayerNorm> find_layer_norms(const TfliteSubgraph& graph,
                                              const tflite::SubGraph& raw) {
  const Uses uses(graph);
  std::vector<TfliteLayerNorm> norms;
  for (std::size_t i = 0; i < graph.operators.size(); ++i) {
    if (graph.operators[i].code != kRsqrt) continue;
    try {
      norms.push_back(Match(graph, raw, uses).around(i));
    } catch (const NoMatch&) {  // stays as it is
    }
  }
  return norms;
}

std::vector<NeuronStep> steps_of(const TfliteSubgraph& graph,
                                 const std::vector<TfliteLayerNorm>& norms) {
  std::vector<NeuronStep> all;
  for (std::size_t i = 0; i < graph.operators.size(); ++i) all.push_back({i, nullptr});
  std::vector<bool> replaced(all.size());
  for (const TfliteLayerNorm& norm : norms) {
    for (const std::size_t place : norm.operators) replaced[place] = true;
    all[norm.operators.back()].norm = &norm;
  }
  std::erase_if(
      all, [&](const NeuronStep& step) { return replaced[step.place] && step.norm == nullptr; });
  return all;
}

}  // namespace sotto
