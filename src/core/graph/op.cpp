#include "core/graph/op.h"

#include "core/base/error.h"

namespace sotto {
namespace {

std::string_view kind_name(op::Binary::Kind kind) {
  switch (kind) {
    case op::Binary::Kind::add:
      return "broadcast_add";
    case op::Binary::Kind::subtract:
      return "subtract";
    case op::Binary::Kind::multiply:
      return "multiply";
    case op::Binary::Kind::divide:
      return "divide";
    case op::Binary::Kind::maximum:
      return "maximum";
  }
  fail(ErrorKind::internal, "a binary operation of no kind");
}

}  // namespace

std::string_view op_name(const Op& op) {
  using Name = std::string_view;
  return std::visit(Overloaded{
                        [](const op::Conv1d&) -> Name { return "conv1d"; },
                        [](const op::Linear&) -> Name { return "linear"; },
                        [](const op::MatMul&) -> Name { return "matmul"; },
                        [](const op::Softmax&) -> Name { return "softmax"; },
                        [](const op::LayerNorm&) -> Name { return "layer_norm"; },
                        [](const op::Gelu&) -> Name { return "gelu"; },
                        [](const op::Add&) -> Name { return "add"; },
                        [](const op::Scale&) -> Name { return "scale"; },
                        [](const op::Reshape&) -> Name { return "reshape"; },
                        [](const op::Transpose&) -> Name { return "transpose"; },
                        [](const op::TakeLike&) -> Name { return "take_like"; },
                        [](const op::CachedAttention&) -> Name { return "cached_attention"; },
                        [](const op::KeepRows& o) -> Name {
                          return o.kind == op::KeepRows::Kind::keys ? "keep_keys" : "keep_values";
                        },
                        [](const op::WindowAttention&) -> Name { return "window_attention"; },
                        [](const op::Concat&) -> Name { return "concat"; },
                        [](const op::Slice&) -> Name { return "slice"; },
                        [](const op::Conv2d&) -> Name { return "conv2d"; },
                        [](const op::FullyConnected&) -> Name { return "fully_connected"; },
                        [](const op::TanhGelu&) -> Name { return "tanh_gelu"; },
                        [](const op::Binary& o) -> Name { return kind_name(o.kind); },
                        [](const op::Unary& o) -> Name {
                          return o.kind == op::Unary::Kind::absolute ? "absolute"
                                                                     : "reciprocal_sqrt";
                        },
                        [](const op::Reduce& o) -> Name {
                          return o.kind == op::Reduce::Kind::mean ? "mean" : "reduce_max";
                        },
                        [](const op::Pad&) -> Name { return "pad"; },
                        [](const op::FusedLinear&) -> Name { return "fused_linear"; },
                        [](const op::ConvGelu&) -> Name { return "conv_gelu"; },
                        [](const op::Attention&) -> Name { return "attention"; },
                    },
                    op);
}

std::vector<ValueId> operands(const Op& op) {
  using Ids = std::vector<ValueId>;
  return std::visit(
      Overloaded{
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
          [](const op::Concat& o) { return o.inputs; },
          [](const op::Conv2d& o) {
            return Ids{o.input, o.weight, o.bias};
          },
          [](const op::FullyConnected& o) {
            return o.bias ? Ids{o.input, o.weight, *o.bias} : Ids{o.input, o.weight};
          },
          [](const op::Binary& o) {
            return Ids{o.a, o.b};
          },
          [](const op::CachedAttention& o) {
            return Ids{o.query, o.key, o.value, o.key_cache, o.value_cache, o.slots};
          },
          [](const op::FusedLinear& o) {
            Ids ids{o.input, o.weight};
            if (o.bias) ids.push_back(*o.bias);
            if (o.residual) ids.push_back(*o.residual);
            return ids;
          },
          [](const op::ConvGelu& o) {
            return Ids{o.input, o.weight, o.bias};
          },
          [](const op::Attention& o) {
            return o.mask ? Ids{o.query, o.key, o.value, *o.mask} : Ids{o.query, o.key, o.value};
          },
          [](const op::KeepRows& o) {
            return Ids{o.rows, o.cache, o.window};
          },
          [](const op::WindowAttention& o) {
            return Ids{o.query, o.keys, o.values, o.windows};
          },
          [](const AnyOf<op::Softmax, op::Gelu, op::Scale, op::Reshape, op::Transpose, op::Slice,
                         op::TanhGelu, op::Unary, op::Reduce, op::Pad> auto& o) {
            return Ids{o.input};
          },
      },
      op);
}

std::vector<ValueId> state_operands(const Op& op) {
  if (const auto* attention = std::get_if<op::CachedAttention>(&op)) {
    return {attention->key_cache, attention->value_cache};
  }
  if (const auto* keep = std::get_if<op::KeepRows>(&op)) return {keep->cache};
  if (const auto* attention = std::get_if<op::WindowAttention>(&op)) {
    return {attention->keys, attention->values};
  }
  return {};
}

std::optional<ValueId> integer_operand(const Op& op) {
  if (const auto* attention = std::get_if<op::CachedAttention>(&op)) return attention->slots;
  if (const auto* keep = std::get_if<op::KeepRows>(&op)) return keep->window;
  if (const auto* attention = std::get_if<op::WindowAttention>(&op)) return attention->windows;
  return std::nullopt;
}

Op with_operands(const Op& op, const std::vector<ValueId>& ids) {
  Op copy = op;
  const auto set = [&](auto&... fields) {
    std::size_t next = 0;
    ((fields = ids.at(next++)), ...);
  };
  const auto set_weighted = [&](auto& o) {
    set(o.input, o.weight);
    if (o.bias) o.bias = ids.at(2);
  };
  std::visit(Overloaded{
                 [&](op::Conv1d& o) { set(o.input, o.weight, o.bias); },
                 [&](op::Linear& o) { set_weighted(o); },
                 [&](op::MatMul& o) { set(o.a, o.b); },
                 [&](op::LayerNorm& o) { set(o.input, o.weight, o.bias); },
                 [&](op::Add& o) { set(o.a, o.b); },
                 [&](op::TakeLike& o) { set(o.table, o.like); },
                 [&](op::Concat& o) { o.inputs = ids; },
                 [&](op::Conv2d& o) { set(o.input, o.weight, o.bias); },
                 [&](op::FullyConnected& o) { set_weighted(o); },
                 [&](op::Binary& o) { set(o.a, o.b); },
                 [&](op::FusedLinear& o) {
                   set(o.input, o.weight);
                   if (o.bias) o.bias = ids.at(2);
                   if (o.residual) o.residual = ids.at(o.bias ? 3 : 2);
                 },
                 [&](op::ConvGelu& o) { set(o.input, o.weight, o.bias); },
                 [&](op::Attention& o) {
                   set(o.query, o.key, o.value);
                   if (o.mask) o.mask = ids.at(3);
                 },
                 [&](op::CachedAttention& o) {
                   set(o.query, o.key, o.value, o.key_cache, o.value_cache, o.slots);
                 },
                 [&](op::KeepRows& o) { set(o.rows, o.cache, o.window); },
                 [&](op::WindowAttention& o) { set(o.query, o.keys, o.values, o.windows); },
                 [&](AnyOf<op::Softmax, op::Gelu, op::Scale, op::Reshape, op::Transpose, op::Slice,
                           op::TanhGelu, op::Unary, op::Reduce, op::Pad> auto& o) { set(o.input); },
             },
             copy);
  return copy;
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
          [](const AnyOf<op::CachedAttention, op::KeepRows, op::WindowAttention> auto& o) {
            return concat("heads=", o.heads);
          },
          [](const op::Concat& o) { return concat("axis=", o.axis); },
          [](const op::Slice& o) {
            return concat("axis=", o.axis, " first=", o.first, " count=", o.count);
          },
          [](const op::Conv2d& o) { return concat("stride=", o.stride); },
          [](const op::FullyConnected& o) {
            return o.factor == 1.0F ? std::string() : concat("factor=", o.factor);
          },
          [](const op::Pad& o) {
            return concat("axis=", o.axis, " before=", o.before, " after=", o.after);
          },
          [](const op::FusedLinear& o) {
            return concat("factor=", o.factor, o.has_gelu ? " gelu" : "");
          },
          [](const op::ConvGelu& o) { return concat("stride=", o.stride, " padding=", o.padding); },
          [](const AnyOf<op::Attention, op::Linear, op::MatMul, op::Softmax, op::Gelu, op::Add, op::TanhGelu,
                         op::Binary, op::Unary, op::Reduce> auto&) { return std::string(); },
      },
      op);
}

}  // namespace sotto
