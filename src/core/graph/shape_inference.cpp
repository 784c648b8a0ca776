#include <algorithm>

#include "core/base/error.h"
#include "core/graph/op.h"

namespace sotto {
namespace {

using Shapes = std::vector<Shape>;

[[noreturn]] void mismatch(std::string_view expected, const Shapes& found) {
  std::string text;
  for (const Shape& shape : found) text += (text.empty() ? "" : " and ") + to_string(shape);
  fail(ErrorKind::mismatch, "expected ", expected, ", found ", text);
}

bool is_axis(std::int64_t axis, const Shape& shape) {
  return axis >= 0 && axis < static_cast<std::int64_t>(shape.size());
}

std::int64_t at(const Shape& shape, std::int64_t axis) {
  return shape[static_cast<std::size_t>(axis)];
}

Shape infer(const op::Conv1d& op, const Shapes& shapes) {
  const Shape &input = shapes[0], &weight = shapes[1], &bias = shapes[2];
  const bool ranks = input.size() == 3 && weight.size() == 3 && bias.size() == 1;
  if (!ranks || input[0] != 1 || input[1] != weight[1] || bias[0] != weight[0]) {
    mismatch("[1, C, T], [O, C, K] and [O]", shapes);
  }
  const std::int64_t span = input[2] + 2 * op.padding - weight[2];
  if (op.stride < 1 || op.padding < 0 || span < 0) {
    mismatch("a kernel that fits into its padded input", shapes);
  }
  return {1, weight[0], span / op.stride + 1};
}

Shape infer(const op::Linear& op, const Shapes& shapes) {
  const Shape &input = shapes[0], &weight = shapes[1];
  if (input.empty() || weight.size() != 2 || input.back() != weight[1]) {
    mismatch("[…, I] and [O, I]", shapes);
  }
  if (op.bias && shapes[2] != Shape{weight[0]}) mismatch("[…, I], [O, I] and [O]", shapes);
  Shape output = input;
  output.back() = weight[0];
  return output;
}

Shape infer(const op::MatMul&, const Shapes& shapes) {
  const Shape &a = shapes[0], &b = shapes[1];
  const bool fits = a.size() >= 2 && a.size() == b.size() &&
                    std::equal(a.begin(), a.end() - 2, b.begin()) && a.back() == b[b.size() - 2];
  if (!fits) mismatch("[…, M, K] and […, K, N] with equal leading axes", shapes);
  Shape output = a;
  output.back() = b.back();
  return output;
}

Shape infer(const op::Softmax&, const Shapes& shapes) {
  if (shapes[0].empty()) mismatch("at least one axis", shapes);
  return shapes[0];
}

Shape infer(const op::LayerNorm&, const Shapes& shapes) {
  const bool fits = !shapes[0].empty() && shapes[1] == Shape{shapes[0].back()};
  if (!fits || shapes[2] != shapes[1]) mismatch("[…, N], [N] and [N]", shapes);
  return shapes[0];
}

Shape infer(const op::Gelu&, const Shapes& shapes) { return shapes[0]; }

Shape infer(const op::Add&, const Shapes& shapes) {
  const Shape &a = shapes[0], &b = shapes[1];
  if (b.size() > a.size() || !std::equal(b.rbegin(), b.rend(), a.rbegin())) {
    mismatch("a shape and its trailing axes", shapes);
  }
  return a;
}

Shape infer(const op::Scale&, const Shapes& shapes) { return shapes[0]; }

Shape infer(const op::Reshape& op, const Shapes& shapes) {
  const auto count = checked_num_elements(op.shape);
  if (!count || *count != num_elements(shapes[0])) {
    mismatch(concat("as many elements as ", to_string(op.shape), " has"), shapes);
  }
  return op.shape;
}

Shape infer(const op::Transpose& op, const Shapes& shapes) {
  std::vector<std::int64_t> sorted = op.order;
  std::sort(sorted.begin(), sorted.end());
  bool is_permutation = sorted.size() == shapes[0].size();
  for (std::size_t i = 0; is_permutation && i < sorted.size(); ++i) {
    is_permutation = sorted[i] == static_cast<std::int64_t>(i);
  }
  if (!is_permutation) {
    mismatch(concat("as many axes as the order ", to_string(op.order), " permutes"), shapes);
  }
  Shape output;
  for (const std::int64_t axis : op.order) output.push_back(at(shapes[0], axis));
  return output;
}

Shape infer(const op::TakeLike& op, const Shapes& shapes) {
  const Shape &table = shapes[0], &like = shapes[1];
  const bool axes = is_axis(op.axis, table) && is_axis(op.like_axis, like);
  if (!axes || at(like, op.like_axis) > at(table, op.axis)) {
    mismatch("a table at least as long as what it follows", shapes);
  }
  Shape output = table;
  output[static_cast<std::size_t>(op.axis)] = at(like, op.like_axis);
  return output;
}

Shape infer(const op::CachedAttention& op, const Shapes& shapes) {
  const Shape &query = shapes[0], &cache = shapes[3], &slots = shapes[5];
  const bool rows = query.size() == 3 && query[0] == 1 && shapes[1] == query && shapes[2] == query;
  const bool caches = cache.size() == 3 && shapes[4] == cache && slots.size() == 2;
  if (!rows || !caches || cache[2] != query[2] || slots != Shape{query[1], cache[1]}) {
    mismatch("[1, R, D] three times, [S, C, D] twice and [R, C]", shapes);
  }
  if (op.heads < 1 || query[2] % op.heads != 0) {
    mismatch(concat("rows that ", op.heads, " heads divide"), shapes);
  }
  return query;
}

void check_heads(std::int64_t heads, std::int64_t width) {
  if (heads >= 1 && width % heads == 0) return;
  fail(ErrorKind::mismatch, "expected rows that ", heads, " heads divide, found rows of ", width);
}

Shape infer(const op::KeepRows& op, const Shapes& shapes) {
  const Shape &rows = shapes[0], &cache = shapes[1];
  const bool fits = rows.size() == 3 && rows[0] == 1 && cache.size() == 3 && cache[1] == rows[1] &&
                    cache[2] == rows[2] && shapes[2] == Shape{1};
  if (!fits) mismatch("[1, A, D], [W, A, D] and [1]", shapes);
  check_heads(op.heads, rows[2]);
  return {1};
}

Shape infer(const op::WindowAttention& op, const Shapes& shapes) {
  const Shape &query = shapes[0], &cache = shapes[1];
  const bool fits = query.size() == 3 && query[0] == 1 && cache.size() == 3 && shapes[2] == cache &&
                    cache[2] == query[2] && shapes[3] == Shape{query[1]};
  if (!fits) mismatch("[1, R, D], [W, A, D] twice and [R]", shapes);
  check_heads(op.heads, query[2]);
  return query;
}

Shape infer(const op::Concat& op, const Shapes& shapes) {
  if (shapes.empty() || !is_axis(op.axis, shapes[0]))
    mismatch("operands that have the axis", shapes);
  const auto axis = static_cast<std::size_t>(op.axis);
  Shape output = shapes[0];
  output[axis] = 0;
  for (Shape shape : shapes) {
    if (shape.size() != output.size()) mismatch("operands of one rank", shapes);
    const std::int64_t so_far = output[axis];
    output[axis] = shape[axis];
    if (shape != output) mismatch("operands that differ along one axis only", shapes);
    output[axis] += so_far;
  }
  return output;
}

Shape infer(const op::Slice& op, const Shapes& shapes) {
  Shape output = shapes[0];
  if (!is_axis(op.axis, output) || op.first < 0 || op.count < 1 ||
      op.first > at(output, op.axis) - op.count) {
    mismatch(concat("places ", op.first, " to ", op.first + op.count, " along axis ", op.axis),
             shapes);
  }
  output[static_cast<std::size_t>(op.axis)] = op.count;
  return output;
}

Shape infer(const op::Conv2d& op, const Shapes& shapes) {
  const Shape &input = shapes[0], &weight = shapes[1];
  const bool ranks = input.size() == 4 && weight.size() == 4 && shapes[2].size() == 1;
  if (!ranks || input[0] != 1 || input[1] != 1 || weight[1] != 1 || input[3] != weight[3] ||
      shapes[2][0] != weight[0]) {
    mismatch("[1, 1, T, C], [O, 1, K, C] and [O]", shapes);
  }
  if (op.stride < 1 || input[2] < weight[2]) mismatch("a kernel that fits into its input", shapes);
  return {1, 1, (input[2] - weight[2]) / op.stride + 1, weight[0]};
}

Shape infer(const op::FullyConnected& op, const Shapes& shapes) {
  return infer(op::Linear{op.input, op.weight, op.bias}, shapes);
}

Shape infer(const op::TanhGelu&, const Shapes& shapes) { return shapes[0]; }

Shape infer(const op::Binary&, const Shapes& shapes) {
  const bool a_is_longer = shapes[0].size() >= shapes[1].size();
  Shape output = shapes[a_is_longer ? 0 : 1];
  const Shape& shorter = shapes[a_is_longer ? 1 : 0];
  for (std::size_t i = 1; i <= shorter.size(); ++i) {
    std::int64_t& extent = output[output.size() - i];
    const std::int64_t other = shorter[shorter.size() - i];
    if (extent != other && extent != 1 && other != 1) mismatch("shapes that broadcast", shapes);
    if (extent == 1) extent = other;
  }
  return output;
}

Shape infer(const op::Unary&, const Shapes& shapes) { return shapes[0]; }

Shape infer(const op::Reduce&, const Shapes& shapes) {
  if (shapes[0].empty()) mismatch("at least one axis", shapes);
  Shape output = shapes[0];
  output.back() = 1;
  return output;
}

Shape infer(const op::Pad& op, const Shapes& shapes) {
  if (!is_axis(op.axis, shapes[0]) || op.before < 0 || op.after < 0)
    mismatch("the axis that is padded", shapes);
  Shape output = shapes[0];
  output[static_cast<std::size_t>(op.axis)] += op.before + op.after;
  return output;
}

Shape infer(const op::FusedLinear& op, const Shapes& shapes) {
  const Shape output = infer(op::Linear{op.input, op.weight, op.bias}, shapes);
  if (op.residual && shapes.back() != output) mismatch("a residual of the output's shape", shapes);
  return output;
}

Shape infer(const op::ConvGelu& op, const Shapes& shapes) {
  return infer(op::Conv1d{op.input, op.weight, op.bias, op.stride, op.padding}, shapes);
}

Shape infer(const op::Attention& op, const Shapes& shapes) {
  const Shape scores = infer(op::MatMul{op.query, op.key}, shapes);
  if (op.mask && shapes[3] != Shape(scores.end() - 2, scores.end())) {
    mismatch("a mask for the scores", shapes);
  }
  return infer(op::MatMul{}, {scores, shapes[2]});
}

}  // namespace

Shape infer_shape(const Op& op, const std::vector<Shape>& shapes) {
  return std::visit([&](const auto& alternative) { return infer(alternative, shapes); }, op);
}

}  // namespace sotto
