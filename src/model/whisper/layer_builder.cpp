#include "model/whisper/layer_builder.h"

#include <cmath>

#include "core/base/error.h"

namespace sotto {

ValueId LayerBuilder::weight(const std::string& name) {
  return graph_.add_constant(name, checkpoint_.tensors.at(prefix_ + name));
}

ValueId LayerBuilder::conv_gelu(const std::string& name, ValueId x, std::int64_t stride) {
  const ValueId kernel = weight(name + ".weight");
  const ValueId bias = weight(name + ".bias");
  x = graph_.add(name, op::Conv1d{x, kernel, bias, stride, 1});
  return graph_.add(name + ".gelu", op::Gelu{x});
}

ValueId LayerBuilder::layer_norm(const std::string& name, ValueId x, const std::string& output) {
  const ValueId gain = weight(name + ".weight");
  const ValueId bias = weight(name + ".bias");
  return graph_.add(output, op::LayerNorm{x, gain, bias});
}

ValueId LayerBuilder::linear(const std::string& name, ValueId x) {
  const ValueId matrix = weight(name + ".weight");
  return graph_.add(name, op::Linear{x, matrix, weight(name + ".bias")});
}

ValueId LayerBuilder::linear_without_bias(const std::string& name, ValueId x) {
  return graph_.add(name, op::Linear{x, weight(name + ".weight"), std::nullopt});
}

ValueId LayerBuilder::mlp(const std::string& block, ValueId x) {
  x = linear(block + ".mlp.0", x);
  x = graph_.add(block + ".mlp.1", op::Gelu{x});
  return linear(block + ".mlp.2", x);
}

ValueId LayerBuilder::add(const std::string& name, ValueId x, ValueId y) {
  return graph_.add(name, op::Add{x, y});
}

ValueId LayerBuilder::attention(const std::string& name, ValueId x, ValueId source,
                                std::optional<ValueId> mask) {
  const ValueId query = split_heads(name + ".query", scaled_query(name, x), {0, 2, 1, 3});
  const ValueId key =
      split_heads(name + ".key", linear_without_bias(name + ".key", source), {0, 2, 3, 1});
  const ValueId value = split_heads(name + ".value", linear(name + ".value", source), {0, 2, 1, 3});
  return linear(name + ".out", attend(name, {query, key, value, mask}));
}

ValueId LayerBuilder::scaled_query(const std::string& name, ValueId x) {
  const std::int64_t width = graph_.shape(x).back() / heads_;
  const ValueId query = linear(name + ".query", x);
  return graph_.add(name + ".query.scaled",
                    op::Scale{query, 1.0F / std::sqrt(static_cast<float>(width))});
}

ValueId LayerBuilder::split_heads(const std::string& name, ValueId x,
                                  std::vector<std::int64_t> order) {
  const Shape shape = graph_.shape(x);
  const Shape split{1, shape[1], heads_, shape[2] / heads_};
  x = graph_.add(name + ".split", op::Reshape{x, split});
  return graph_.add(name + ".heads", op::Transpose{x, std::move(order)});
}

ValueId LayerBuilder::attend(const std::string& name, const Heads& heads) {
  const Shape shape = graph_.shape(heads.query);
  ValueId scores = graph_.add(name + ".scores", op::MatMul{heads.query, heads.key});
  if (heads.mask) scores = graph_.add(name + ".scores.masked", op::Add{scores, *heads.mask});
  const ValueId weights = graph_.add(name + ".weights", op::Softmax{scores});
  ValueId mixed = graph_.add(name + ".mixed", op::MatMul{weights, heads.value});
  mixed = graph_.add(name + ".mixed.by_row", op::Transpose{mixed, {0, 2, 1, 3}});
  return graph_.add(name + ".mixed.rows", op::Reshape{mixed, {1, shape[2], shape[1] * shape[3]}});
}

void check_length(std::string_view what, std::int64_t length, std::int64_t most) {
  if (length < 1 || length > most) {
    fail(ErrorKind::usage, "expected ", what, " from 1 to ", most, ", found ", length);
  }
}

}  // namespace sotto
