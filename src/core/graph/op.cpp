#include "core/graph/op.h"

#include "core/base/error.h"

namespace sotto {

std::string_view op_name(const Op& op) {
  return std::visit(Overloaded{
                        [](const op::Conv1d&) { return "conv1d"; },
                        [](const op::Linear&) { return "linear"; },
                        [](const op::MatMul&) { return "matmul"; },
                        [](const op::Softmax&) { return "softmax"; },
                        [](const op::LayerNorm&) { return "layer_norm"; },
                        [](const op::Gelu&) { return "gelu"; },
                        [](const op::Add&) { return "add"; },
                        [](const op::Scale&) { return "scale"; },
                        [](const op::Reshape&) { return "reshape"; },
                        [](const op::Transpose&) { return "transpose"; },
                        [](const op::TakeLike&) { return "take_like"; },
                        [](const op::CachedAttention&) { return "cached_attention"; },
                    },
                    op);
}

std::vector<ValueId> operands(const Op& op) {
  using Ids = std::vector<ValueId>;
  return std::visit(Overloaded{
                        [](const op::Conv1d& o) {
                          return Ids{o.input, o.weight, o.bias};
                        },
                        [](const op::Linear& o) {
                          return o.bias ? Ids{o.input, o.weight, *o.bias} : Ids{o.input, o.weight};
                        },
                        [](const op::MatMul& o) {
                          return Ids{o.a, o.b};
                        },
                        [](const op::LayerNorm& o) {
                          return Ids{o.input, o.weight, o.bias};
                        },
                        [](const op::Add& o) {
                          return Ids{o.a, o.b};
                        },
                        [](const op::TakeLike& o) {
                          return Ids{o.table, o.like};
                        },
                        [](const op::CachedAttention& o) {
                          return Ids{o.query, o.key, o.value, o.key_cache, o.value_cache, o.slots};
                        },
                        [](const auto& o) { return Ids{o.input}; },
                    },
                    op);
}

std::string attributes(const Op& op) {
  return std::visit(
      Overloaded{
          [](const op::Conv1d& o) { return concat("stride=", o.stride, " padding=", o.padding); },
          [](const op::LayerNorm& o) { return concat("epsilon=", o.epsilon); },
          [](const op::Scale& o) { return concat("factor=", o.factor); },
          [](const op::Reshape& o) { return concat("shape=", to_string(o.shape)); },
          [](const op::Transpose& o) { return concat("order=", to_string(o.order)); },
          [](const op::TakeLike& o) { return concat("axis=", o.axis, " like_axis=", o.like_axis); },
          [](const op::CachedAttention& o) { return concat("heads=", o.heads); },
          [](const auto&) { return std::string(); },
      },
      op);
}

}  // namespace sotto
