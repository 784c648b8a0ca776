#include "plain_ops.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <span>
#include <utility>

namespace sotto::test {
namespace {

using Operands = std::vector<PlainTensor>;

std::size_t at(std::int64_t place) { return static_cast<std::size_t>(place); }

PlainTensor empty_of(const Shape& shape) {
  return {shape, std::vector<double>(at(num_elements(shape)))};
}

template <class Function>
PlainTensor each(const PlainTensor& input, const Function& function) {
  PlainTensor output = input;
  for (double& value : output.values) value = function(value);
  return output;
}

/// Calls function(row) for each row of the last axis.
template <class Function>
PlainTensor each_row(const PlainTensor& input, const Function& function) {
  PlainTensor output = input;
  const std::int64_t width = input.shape.back();
  for (std::int64_t row = 0; row < num_elements(input.shape) / width; ++row) {
    function(output.values.data() + row * width, width);
  }
  return output;
}

PlainTensor compute(const op::Conv1d& op, const Operands& operands) {
  const PlainTensor &input = operands[0], &weight = operands[1], &bias = operands[2];
  const std::int64_t frames = input.shape[2], channels = input.shape[1], taps = weight.shape[2];
  PlainTensor output =
      empty_of({1, weight.shape[0], (frames + 2 * op.padding - taps) / op.stride + 1});
  for (std::int64_t o = 0; o < output.shape[1]; ++o) {
    for (std::int64_t t = 0; t < output.shape[2]; ++t) {
      double sum = bias.values[at(o)];
      for (std::int64_t c = 0; c < channels; ++c) {
        for (std::int64_t k = 0; k < taps; ++k) {
          const std::int64_t frame = t * op.stride + k - op.padding;
          if (frame < 0 || frame >= frames) continue;
          sum += input.values[at(c * frames + frame)] *
                 weight.values[at((o * channels + c) * taps + k)];
        }
      }
      output.values[at(o * output.shape[2] + t)] = sum;
    }
  }
  return output;
}

PlainTensor compute(const op::Linear& op, const Operands& operands) {
  const PlainTensor &input = operands[0], &weight = operands[1];
  const std::int64_t width = weight.shape[1], outputs = weight.shape[0];
  Shape shape = input.shape;
  shape.back() = outputs;
  PlainTensor output = empty_of(shape);
  for (std::int64_t row = 0; row < num_elements(input.shape) / width; ++row) {
    for (std::int64_t o = 0; o < outputs; ++o) {
      double sum = op.bias ? operands[2].values[at(o)] : 0.0;
      for (std::int64_t i = 0; i < width; ++i) {
        sum += input.values[at(row * width + i)] * weight.values[at(o * width + i)];
      }
      output.values[at(row * outputs + o)] = sum;
    }
  }
  return output;
}

PlainTensor compute(const op::MatMul&, const Operands& operands) {
  const PlainTensor &a = operands[0], &b = operands[1];
  const std::int64_t rows = a.shape[a.shape.size() - 2], inner = a.shape.back();
  const std::int64_t columns = b.shape.back();
  Shape shape = a.shape;
  shape.back() = columns;
  PlainTensor output = empty_of(shape);
  for (std::int64_t stack = 0; stack < num_elements(a.shape) / (rows * inner); ++stack) {
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < columns; ++c) {
        double sum = 0.0;
        for (std::int64_t i = 0; i < inner; ++i) {
          sum += a.values[at((stack * rows + r) * inner + i)] *
                 b.values[at((stack * inner + i) * columns + c)];
        }
        output.values[at((stack * rows + r) * columns + c)] = sum;
      }
    }
  }
  return output;
}

PlainTensor compute(const op::Softmax&, const Operands& operands) {
  return each_row(operands[0], [](double* row, std::int64_t width) {
    const double largest = *std::max_element(row, row + width);
    double sum = 0.0;
    for (std::int64_t i = 0; i < width; ++i) sum += row[i] = std::exp(row[i] - largest);
    for (std::int64_t i = 0; i < width; ++i) row[i] /= sum;
  });
}

PlainTensor compute(const op::LayerNorm& op, const Operands& operands) {
  const PlainTensor &weight = operands[1], &bias = operands[2];
  return each_row(operands[0], [&](double* row, std::int64_t width) {
    const auto count = static_cast<double>(width);
    double mean = 0.0, variance = 0.0;
    for (std::int64_t i = 0; i < width; ++i) mean += row[i] / count;
    for (std::int64_t i = 0; i < width; ++i) variance += (row[i] - mean) * (row[i] - mean) / count;
    const double scale = 1.0 / std::sqrt(variance + static_cast<double>(op.epsilon));
    for (std::int64_t i = 0; i < width; ++i) {
      row[i] = (row[i] - mean) * scale * weight.values[at(i)] + bias.values[at(i)];
    }
  });
}

PlainTensor compute(const op::Gelu&, const Operands& operands) {
  return each(operands[0],
              [](double x) { return 0.5 * x * (1.0 + std::erf(x / std::numbers::sqrt2)); });
}

PlainTensor compute(const op::Add&, const Operands& operands) {
  PlainTensor output = operands[0];
  const auto& b = operands[1].values;
  for (std::size_t i = 0; i < output.values.size(); ++i) output.values[i] += b[i % b.size()];
  return output;
}

PlainTensor compute(const op::Scale& op, const Operands& operands) {
  return each(operands[0], [&](double x) { return x * static_cast<double>(op.factor); });
}

PlainTensor compute(const op::Reshape& op, const Operands& operands) {
  return {op.shape, operands[0].values};
}

/// Fills `output` with the elements of `input` that lie `strides` apart, axis by axis.
PlainTensor gather(const PlainTensor& input, const Shape& shape, const Shape& strides) {
  PlainTensor output = empty_of(shape);
  for (std::int64_t place = 0; place < num_elements(shape); ++place) {
    std::int64_t rest = place, source = 0;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      source += rest % shape[axis] * strides[axis];
      rest /= shape[axis];
    }
    output.values[at(place)] = input.values[at(source)];
  }
  return output;
}

PlainTensor compute(const op::Transpose& op, const Operands& operands) {
  const Shape strides = row_major_strides(operands[0].shape);
  Shape shape, permuted;
  for (const std::int64_t axis : op.order) {
    shape.push_back(operands[0].shape[at(axis)]);
    permuted.push_back(strides[at(axis)]);
  }
  return gather(operands[0], shape, permuted);
}

PlainTensor compute(const op::TakeLike& op, const Operands& operands) {
  Shape shape = operands[0].shape;
  shape[at(op.axis)] = operands[1].shape[at(op.like_axis)];
  return gather(operands[0], shape, row_major_strides(operands[0].shape));
}

std::int64_t length_of(const PlainTensor& slots, std::int64_t row) {
  const std::int64_t capacity = slots.shape[1];
  std::int64_t length = 0;
  while (length < capacity && slots.values[at(row * capacity + length)] >= 0) ++length;
  return length;
}

/// Where element 0 of the token at this position of the row's sequence lies.
std::int64_t cached_at(const PlainTensor& slots, std::int64_t row, std::int64_t position,
                       std::int64_t width) {
  const std::int64_t capacity = slots.shape[1];
  const double slot = slots.values[at(row * capacity + position)];
  return (static_cast<std::int64_t>(slot) * capacity + position) * width;
}

/// One head's attention for one row; query and output begin at the head's first element.
void attend_plainly(const double* query, const std::vector<const double*>& keys,
                    const std::vector<const double*>& values, std::span<double> output) {
  PlainTensor weights{{static_cast<std::int64_t>(keys.size())}, {}};
  for (const double* key : keys) {
    weights.values.push_back(std::inner_product(query, query + output.size(), key, 0.0));
  }
  weights = compute(op::Softmax{}, {weights});
  for (std::size_t i = 0; i < output.size(); ++i) {
    output[i] = 0.0;
    for (std::size_t row = 0; row < values.size(); ++row) {
      output[i] += weights.values[row] * values[row][i];
    }
  }
}

PlainTensor compute(const op::CachedAttention& op, const Operands& operands) {
  const PlainTensor &query = operands[0], &slots = operands[5];
  const std::vector<PlainTensor> caches =
      extend_cache_plainly({operands.begin() + 1, operands.end()});
  const std::int64_t rows = query.shape[1], width = query.shape[2], head_width = width / op.heads;
  PlainTensor output = empty_of(query.shape);
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t length = length_of(slots, row);
    for (std::int64_t first = 0; first < width && length > 0; first += head_width) {
      std::vector<const double*> keys, values;
      for (std::int64_t position = 0; position < length; ++position) {
        const std::int64_t place = cached_at(slots, row, position, width) + first;
        keys.push_back(caches[0].values.data() + place);
        values.push_back(caches[1].values.data() + place);
      }
      const std::int64_t place = row * width + first;
      attend_plainly(query.values.data() + place, keys, values,
                     {output.values.data() + place, at(head_width)});
    }
  }
  return output;
}

// What a window's cache holds is the back end's business: here the rows themselves.
PlainTensor compute(const op::KeepRows&, const Operands&) { return empty_of({1}); }

PlainTensor compute(const op::WindowAttention& op, const Operands& operands) {
  const PlainTensor &query = operands[0], &windows = operands[3];
  const Shape& cache = operands[1].shape;
  const std::int64_t width = query.shape[2], head_width = width / op.heads;
  PlainTensor output = empty_of(query.shape);
  for (std::int64_t row = 0; row < query.shape[1]; ++row) {
    const auto window = static_cast<std::int64_t>(windows.values[at(row)]);
    for (std::int64_t first = 0; first < width && window >= 0; first += head_width) {
      std::vector<const double*> keys, values;
      for (std::int64_t place = 0; place < cache[1]; ++place) {
        const std::int64_t begin = (window * cache[1] + place) * width + first;
        keys.push_back(operands[1].values.data() + begin);
        values.push_back(operands[2].values.data() + begin);
      }
      const std::int64_t place = row * width + first;
      attend_plainly(query.values.data() + place, keys, values,
                     {output.values.data() + place, at(head_width)});
    }
  }
  return output;
}

PlainTensor compute(const op::Concat& op, const Operands& operands) {
  std::vector<Shape> shapes;
  for (const PlainTensor& operand : operands) shapes.push_back(operand.shape);
  PlainTensor output = empty_of(infer_shape(op, shapes));
  const Shape& shape = output.shape;
  const std::int64_t rows = num_elements({shape.begin(), shape.begin() + op.axis});
  std::size_t next = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (const PlainTensor& operand : operands) {
      const auto width = static_cast<std::int64_t>(operand.values.size()) / rows;
      for (std::int64_t i = 0; i < width; ++i) {
        output.values[next++] = operand.values[at(row * width + i)];
      }
    }
  }
  return output;
}

PlainTensor compute(const op::Slice& op, const Operands& operands) {
  const Shape& from = operands[0].shape;
  PlainTensor output = empty_of(infer_shape(op, {from}));
  const std::int64_t place = num_elements({from.begin() + op.axis + 1, from.end()});
  const std::int64_t row = from[at(op.axis)] * place;
  const std::int64_t width = op.count * place;
  for (std::size_t i = 0; i < output.values.size(); ++i) {
    const auto index = static_cast<std::int64_t>(i);
    output.values[i] =
        operands[0].values[at(index / width * row + op.first * place + index % width)];
  }
  return output;
}

PlainTensor compute(const op::Conv2d& op, const Operands& operands) {
  const PlainTensor &input = operands[0], &weight = operands[1];
  PlainTensor output = empty_of(infer_shape(op, {input.shape, weight.shape, operands[2].shape}));
  const std::int64_t channels = input.shape[3], taps = weight.shape[2], outputs = weight.shape[0];
  for (std::int64_t t = 0; t < output.shape[2]; ++t) {
    for (std::int64_t o = 0; o < outputs; ++o) {
      double sum = operands[2].values[at(o)];
      for (std::int64_t i = 0; i < taps * channels; ++i) {
        sum += input.values[at(t * op.stride * channels + i)] *
               weight.values[at(o * taps * channels + i)];
      }
      output.values[at(t * outputs + o)] = sum;
    }
  }
  return output;
}

PlainTensor compute(const op::FullyConnected& op, const Operands& operands) {
  const PlainTensor plain = compute(op::Linear{op.input, op.weight, op.bias}, operands);
  return each(plain, [&](double value) { return value * static_cast<double>(op.factor); });
}

PlainTensor compute(const op::TanhGelu&, const Operands& operands) {
  return each(operands[0], [](double x) {
    const double inner = std::sqrt(2.0 / std::numbers::pi) * (x + 0.044715 * x * x * x);
    return x / 2.0 * (1.0 + std::tanh(inner));
  });
}

double compute(op::Binary::Kind kind, double a, double b) {
  switch (kind) {
    case op::Binary::Kind::add:
      return a + b;
    case op::Binary::Kind::subtract:
      return a - b;
    case op::Binary::Kind::multiply:
      return a * b;
    case op::Binary::Kind::divide:
      return a / b;
    case op::Binary::Kind::maximum:
      return std::max(a, b);
  }
  return 0.0;
}

/// The place in `from` of the element at `index` in the shape `to` that it is broadcast to.
std::size_t broadcast_place(std::int64_t index, const Shape& to, const Shape& from) {
  std::int64_t place = 0, pitch = 1;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    const std::int64_t coordinate = index % to[to.size() - i];
    index /= to[to.size() - i];
    if (from[from.size() - i] != 1) place += coordinate * pitch;
    pitch *= from[from.size() - i];
  }
  return at(place);
}

PlainTensor compute(const op::Binary& op, const Operands& operands) {
  PlainTensor output = empty_of(infer_shape(op, {operands[0].shape, operands[1].shape}));
  for (std::size_t i = 0; i < output.values.size(); ++i) {
    const auto index = static_cast<std::int64_t>(i);
    output.values[i] = compute(
        op.kind, operands[0].values[broadcast_place(index, output.shape, operands[0].shape)],
        operands[1].values[broadcast_place(index, output.shape, operands[1].shape)]);
  }
  return output;
}

PlainTensor compute(const op::Unary& op, const Operands& operands) {
  return each(operands[0], [&](double x) {
    return op.kind == op::Unary::Kind::absolute ? std::abs(x) : 1.0 / std::sqrt(x);
  });
}

PlainTensor compute(const op::Reduce& op, const Operands& operands) {
  PlainTensor output = empty_of(infer_shape(op, {operands[0].shape}));
  const auto width = static_cast<std::size_t>(operands[0].shape.back());
  for (std::size_t row = 0; row < output.values.size(); ++row) {
    const std::span<const double> values(operands[0].values.data() + row * width, width);
    output.values[row] =
        op.kind == op::Reduce::Kind::maximum
            ? *std::max_element(values.begin(), values.end())
            : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(width);
  }
  return output;
}

PlainTensor compute(const op::Pad& op, const Operands& operands) {
  const auto zeros = [&](std::int64_t count) {
    Shape shape = operands[0].shape;
    shape[at(op.axis)] = count;
    return empty_of(shape);
  };
  return compute(op::Concat{{}, op.axis}, {zeros(op.before), operands[0], zeros(op.after)});
}

PlainTensor compute(const op::FusedLinear& op, const Operands& operands) {
  const std::size_t weighted = op.bias ? 3 : 2;
  const Operands linear(operands.begin(), operands.begin() + static_cast<std::ptrdiff_t>(weighted));
  PlainTensor output = compute(op::Linear{op.input, op.weight, op.bias}, linear);
  output = each(output, [&](double x) { return x * op.factor; });
  if (op.has_gelu) output = compute(op::Gelu{}, {output});
  return op.residual ? compute(op::Add{}, {output, operands.back()}) : output;
}

PlainTensor compute(const op::ConvGelu& op, const Operands& operands) {
  const PlainTensor output =
      compute(op::Conv1d{op.input, op.weight, op.bias, op.stride, op.padding}, operands);
  return compute(op::Gelu{}, {output});
}

PlainTensor compute(const op::Attention& op, const Operands& operands) {
  PlainTensor scores = compute(op::MatMul{}, {operands[0], operands[1]});
  if (op.mask) scores = compute(op::Add{}, {scores, operands[3]});
  return compute(op::MatMul{}, {compute(op::Softmax{}, {scores}), operands[2]});
}

}  // namespace

std::vector<PlainTensor> extend_cache_plainly(const std::vector<PlainTensor>& operands) {
  const PlainTensor &key = operands[0], &value = operands[1], &slots = operands[4];
  std::vector<PlainTensor> caches{operands[2], operands[3]};
  const std::int64_t width = key.shape[2];
  for (std::int64_t row = 0; row < key.shape[1]; ++row) {
    const std::int64_t length = length_of(slots, row);
    if (length == 0) continue;
    const std::int64_t place = cached_at(slots, row, length - 1, width);
    std::copy_n(key.values.begin() + row * width, width, caches[0].values.begin() + place);
    std::copy_n(value.values.begin() + row * width, width, caches[1].values.begin() + place);
  }
  return caches;
}

PlainTensor compute_plainly(const Op& op, const std::vector<PlainTensor>& operands) {
  return std::visit([&](const auto& operation) { return compute(operation, operands); }, op);
}

std::vector<PlainTensor> run_plainly(const Graph& graph, const std::vector<PlainTensor>& inputs) {
  std::vector<PlainTensor> values(graph.values().size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value& value = graph.values()[i];
    if (!value.constant) continue;
    const std::vector<float> constant = to_float32(*value.constant);
    values[i] = {value.shape, {constant.begin(), constant.end()}};
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) values[graph.inputs()[i].index] = inputs[i];
  for (const Node& node : graph.nodes()) {
    Operands operands_of_node;
    for (const ValueId id : operands(node.op)) operands_of_node.push_back(values[id.index]);
    values[node.output.index] = compute_plainly(node.op, operands_of_node);
  }
  std::vector<PlainTensor> outputs;
  for (const ValueId id : graph.outputs()) outputs.push_back(values[id.index]);
  return outputs;
}

}  // namespace sotto::test
