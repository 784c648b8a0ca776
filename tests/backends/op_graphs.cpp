#include "op_graphs.h"

#include <utility>

#include "core/base/error.h"
#include "core/base/float16.h"
#include "loaded_part.h"

namespace sotto::test {
namespace {

/// A graph in the making, with random constants.
class Sketch {
 public:
  ValueId input(Shape shape) { return graph_.add_input(next("input"), std::move(shape)); }

  ValueId constant(const Shape& shape, float reach = 0.5F) {
    return graph_.add_constant(
        next("constant"), own_values(shape, random_values(num_elements(shape), ++seed_, reach)));
  }

  /// float16 elements whose rows are `pitch` elements apart, from an odd address on.
  ValueId half_constant(const Shape& shape, std::int64_t pitch) {
    auto bytes = std::make_shared<std::vector<std::byte>>(
        static_cast<std::size_t>(shape[0] * pitch) * sizeof(std::uint16_t) + 1);
    for (std::size_t i = 1; i < bytes->size(); i += sizeof(std::uint16_t)) {
      const auto half = float32_to_float16(static_cast<float>(i * 7919 % 1000) / 1000.0F - 0.5F);
      (*bytes)[i] = static_cast<std::byte>(half & 0xffU);
      (*bytes)[i + 1] = static_cast<std::byte>(half >> 8U);
    }
    return graph_.add_constant(next("constant"),
                               {DType::float16, shape, {pitch, 1}, bytes->data() + 1, bytes});
  }

  ValueId add(Op op) { return graph_.add(next("value"), std::move(op)); }
  void output(ValueId id) { graph_.add_output(id); }
  Graph finish() {
    verify(graph_);
    return std::move(graph_);
  }

 private:
  std::string next(const char* kind) { return kind + std::to_string(count_++); }

  Graph graph_{"Sketch"};
  int count_ = 0;
  std::uint64_t seed_ = 100;
};

template <class Draw>
OpGraph draw(std::string name, const Draw& draw_output) {
  Sketch sketch;
  sketch.output(draw_output(sketch));
  return {std::move(name), sketch.finish()};
}

void add_pieces(std::vector<OpGraph>& graphs) {
  for (const std::int64_t axis : {0, 1, 2}) {
    graphs.push_back(draw(concat("concat_axis_", axis), [&](Sketch& s) {
      Shape longer{2, 3, 5};
      longer[static_cast<std::size_t>(axis)] += 4;
      const ValueId first = s.input({2, 3, 5});
      return s.add(op::Concat{{first, s.constant(longer), first}, axis});
    }));
    graphs.push_back(draw(concat("slice_axis_", axis), [&](Sketch& s) {
      return s.add(op::Slice{s.input({4, 5, 6}), axis, 1, 2});
    }));
  }
  graphs.push_back(draw("slice_of_a_transpose", [](Sketch& s) {
    const ValueId turned = s.add(op::Transpose{s.input({2, 3, 4, 5}), {0, 2, 1, 3}});
    return s.add(op::Slice{turned, 1, 3, 1});
  }));
}

void add_convolutions(std::vector<OpGraph>& graphs) {
  graphs.push_back(draw("conv1d", [](Sketch& s) {
    return s.add(op::Conv1d{s.input({1, 5, 21}), s.constant({7, 5, 3}), s.constant({7}), 1, 1});
  }));
  graphs.push_back(draw("conv1d_stride_2_even_kernel", [](Sketch& s) {
    return s.add(op::Conv1d{s.input({1, 16, 40}), s.constant({32, 16, 4}), s.constant({32}), 2, 0});
  }));
  graphs.push_back(draw("conv1d_gelu_twice_as_rows", [](Sketch& s) {
    const ValueId first = s.add(op::Gelu{
        s.add(op::Conv1d{s.input({1, 8, 30}), s.constant({16, 8, 3}), s.constant({16}), 1, 1})});
    const ValueId second =
        s.add(op::Gelu{s.add(op::Conv1d{first, s.constant({24, 16, 3}), s.constant({24}), 2, 1})});
    const ValueId rows = s.add(op::Transpose{second, {0, 2, 1}});
    return s.add(op::Add{rows, s.constant({15, 24})});
  }));
}

void add_products(std::vector<OpGraph>& graphs) {
  graphs.push_back(draw("linear", [](Sketch& s) {
    return s.add(op::Linear{s.input({2, 3, 20}), s.constant({33, 20}), s.constant({33})});
  }));
  graphs.push_back(draw("linear_without_bias_one_row", [](Sketch& s) {
    return s.add(op::Linear{s.input({1, 1, 64}), s.constant({130, 64}), std::nullopt});
  }));
  graphs.push_back(draw("linear_of_strided_halves", [](Sketch& s) {
    return s.add(op::Linear{s.input({1, 4, 48}), s.half_constant({100, 48}, 50), std::nullopt});
  }));
  // More rows than are packed in one piece, and not a multiple of any block.
  graphs.push_back(draw("linear_with_many_outputs", [](Sketch& s) {
    return s.add(op::Linear{s.input({1, 3, 64}), s.half_constant({70001, 64}, 64), std::nullopt});
  }));
  graphs.push_back(draw("linear_scale_gelu", [](Sketch& s) {
    const ValueId product =
        s.add(op::Linear{s.input({1, 9, 16}), s.constant({32, 16}), s.constant({32})});
    return s.add(op::Gelu{s.add(op::Scale{product, 3.0F})});
  }));
  // One step of each kind that a product of few rows can end with.
  graphs.push_back(draw("linear_of_few_rows", [](Sketch& s) {
    const ValueId x = s.input({1, 2, 96});
    ValueId y = s.add(op::Linear{x, s.constant({96, 96}), s.constant({96})});
    y = s.add(op::Add{y, x});
    y = s.add(op::Linear{y, s.constant({130, 96}), s.constant({130})});
    y = s.add(op::Gelu{y});
    y = s.add(op::Linear{y, s.constant({33, 130}), std::nullopt});
    return s.add(op::Scale{y, 0.125F});
  }));
  graphs.push_back(draw("linear_residuals_and_row", [](Sketch& s) {
    const ValueId x = s.input({1, 9, 32});
    ValueId y = s.add(op::Linear{x, s.constant({32, 32}), s.constant({32})});
    y = s.add(op::Add{x, y});
    y = s.add(op::Linear{y, s.constant({32, 32}), s.constant({32})});
    y = s.add(op::Add{y, s.constant({32})});
    return s.add(op::Add{y, s.constant({9, 32})});
  }));
  graphs.push_back(draw("linear_of_transposed_input", [](Sketch& s) {
    const ValueId x = s.add(op::Transpose{s.input({1, 24, 10}), {0, 2, 1}});
    return s.add(op::Linear{x, s.constant({40, 24}), s.constant({40})});
  }));
  graphs.push_back(draw("linear_with_computed_weights", [](Sketch& s) {
    const ValueId weights = s.add(op::Scale{s.input({12, 16}), 2.0F});
    return s.add(op::Linear{s.input({1, 5, 16}), weights, std::nullopt});
  }));
  graphs.push_back(draw("matmul", [](Sketch& s) {
    return s.add(op::MatMul{s.input({2, 3, 5, 7}), s.input({2, 3, 7, 11})});
  }));
  graphs.push_back(draw("matmul_of_matrices_scaled", [](Sketch& s) {
    return s.add(op::Scale{s.add(op::MatMul{s.input({17, 70}), s.constant({70, 33})}), 0.25F});
  }));
  graphs.push_back(draw("matmul_of_transposed", [](Sketch& s) {
    const ValueId a = s.add(op::Transpose{s.input({1, 6, 3, 8}), {0, 2, 1, 3}});
    const ValueId b = s.add(op::Transpose{s.input({1, 9, 3, 8}), {0, 2, 3, 1}});
    const ValueId product = s.add(op::MatMul{a, b});
    return s.add(op::Reshape{s.add(op::Transpose{product, {0, 2, 1, 3}}), {6, 27}});
  }));
}

struct AttentionShape {
  std::int64_t queries, keys, heads, width;
  bool operator==(const AttentionShape&) const = default;
};

ValueId sketch_attention(Sketch& s, const AttentionShape& shape, bool is_masked) {
  const auto heads = [&](std::int64_t rows, std::vector<std::int64_t> order) {
    const ValueId x = s.input({1, rows, shape.heads * shape.width});
    const ValueId split = s.add(op::Reshape{x, {1, rows, shape.heads, shape.width}});
    return s.add(op::Transpose{split, std::move(order)});
  };
  const ValueId query = heads(shape.queries, {0, 2, 1, 3});
  const ValueId key = heads(shape.keys, {0, 2, 3, 1});
  const ValueId value = heads(shape.keys, {0, 2, 1, 3});
  ValueId scores = s.add(op::MatMul{query, key});
  if (is_masked) scores = s.add(op::Add{scores, s.constant({shape.queries, shape.keys}, 4.0F)});
  const ValueId mixed = s.add(op::MatMul{s.add(op::Softmax{scores}), value});
  const ValueId by_row = s.add(op::Transpose{mixed, {0, 2, 1, 3}});
  return s.add(op::Reshape{by_row, {1, shape.queries, shape.heads * shape.width}});
}

void add_attentions(std::vector<OpGraph>& graphs) {
  graphs.push_back(draw("attention", [](Sketch& s) {
    return sketch_attention(s, {70, 90, 2, 32}, false);
  }));
  // Several blocks of query rows, the last one shorter.
  graphs.push_back(draw("attention_over_many_keys", [](Sketch& s) {
    return sketch_attention(s, {211, 1500, 3, 64}, false);
  }));
  graphs.push_back(draw("attention_masked", [](Sketch& s) {
    return sketch_attention(s, {67, 67, 2, 20}, true);
  }));
  graphs.push_back(draw("attention_of_one_query", [](Sketch& s) {
    return sketch_attention(s, {1, 50, 4, 8}, true);
  }));
  // What the CPU takes for decoding, over whole vectors of any processor and over odd widths.
  graphs.push_back(draw("attention_of_one_query_unmasked", [](Sketch& s) {
    return sketch_attention(s, {1, 1500, 8, 64}, false);
  }));
  graphs.push_back(draw("attention_of_few_queries", [](Sketch& s) {
    return sketch_attention(s, {5, 211, 3, 21}, false);
  }));
  graphs.push_back(draw("attention_to_one_key", [](Sketch& s) {
    return sketch_attention(s, {2, 1, 2, 1}, false);
  }));
}

/// Attention in other forms than a model's.
void add_other_attentions(std::vector<OpGraph>& graphs) {
  graphs.push_back(draw("attention_of_matrices_with_wider_values", [](Sketch& s) {
    const ValueId weights =
        s.add(op::Softmax{s.add(op::MatMul{s.input({19, 12}), s.input({12, 33})})});
    return s.add(op::MatMul{weights, s.input({33, 70})});
  }));
  graphs.push_back(draw("attention_of_heads_by_a_computed_mask", [](Sketch& s) {
    const ValueId mask = s.add(op::Scale{s.input({21, 30}), 4.0F});
    const ValueId scores = s.add(op::MatMul{s.input({3, 21, 16}), s.input({3, 16, 30})});
    const ValueId weights = s.add(op::Softmax{s.add(op::Add{scores, mask})});
    return s.add(op::MatMul{weights, s.input({3, 30, 16})});
  }));
  graphs.push_back(draw("attention_by_masks_of_other_shapes", [](Sketch& s) {
    ValueId scores = s.add(op::MatMul{s.input({2, 9, 16}), s.input({2, 16, 30})});
    scores = s.add(op::Add{scores, s.constant({30}, 2.0F)});
    ValueId weights = s.add(op::Softmax{s.add(op::Add{scores, s.constant({2, 9, 30}, 2.0F)})});
    return s.add(op::MatMul{weights, s.input({2, 30, 16})});
  }));
}

void add_rows(std::vector<OpGraph>& graphs) {
  graphs.push_back(draw("softmax", [](Sketch& s) {
    return s.add(op::Softmax{s.add(op::Scale{s.input({3, 5, 37}), 20.0F})});
  }));
  graphs.push_back(draw("softmax_of_transposed", [](Sketch& s) {
    return s.add(op::Softmax{s.add(op::Transpose{s.input({6, 5}), {1, 0}})});
  }));
  graphs.push_back(draw("layer_norm", [](Sketch& s) {
    return s.add(op::LayerNorm{s.input({1, 7, 64}), s.constant({64}), s.constant({64})});
  }));
  graphs.push_back(draw("layer_norm_of_small_rows", [](Sketch& s) {
    const ValueId small = s.add(op::Scale{s.input({9, 33}), 0.01F});
    return s.add(op::LayerNorm{small, s.constant({33}), s.constant({33}), 1e-3F});
  }));
}

void add_elementwise(std::vector<OpGraph>& graphs) {
  graphs.push_back(draw("gelu_near_zero", [](Sketch& s) {
    return s.add(op::Gelu{s.input({4, 100})});
  }));
  graphs.push_back(draw("gelu_of_large", [](Sketch& s) {
    return s.add(op::Gelu{s.add(op::Scale{s.input({4, 100}), 12.0F})});
  }));
  graphs.push_back(draw("add_twice_the_same", [](Sketch& s) {
    const ValueId x = s.input({3, 4});
    return s.add(op::Add{x, x});
  }));
  graphs.push_back(draw("add_trailing_axes", [](Sketch& s) {
    return s.add(op::Add{s.input({2, 3, 4, 5}), s.constant({4, 5})});
  }));
  graphs.push_back(draw("add_of_transposed", [](Sketch& s) {
    const ValueId x = s.add(op::Transpose{s.input({5, 4}), {1, 0}});
    return s.add(op::Add{x, s.add(op::Transpose{s.constant({5, 4}), {1, 0}})});
  }));
  graphs.push_back(draw("scale", [](Sketch& s) { return s.add(op::Scale{s.input({11}), -2.5F}); }));
}

void add_views(std::vector<OpGraph>& graphs) {
  graphs.push_back(draw("transpose", [](Sketch& s) {
    return s.add(op::Transpose{s.input({2, 3, 4, 5}), {3, 1, 0, 2}});
  }));
  graphs.push_back(draw("reshape_of_transposed", [](Sketch& s) {
    const ValueId x = s.add(op::Transpose{s.input({6, 4}), {1, 0}});
    return s.add(op::Scale{s.add(op::Reshape{x, {3, 8}}), 2.0F});
  }));
  graphs.push_back(draw("take_like_along_both_axes", [](Sketch& s) {
    const ValueId x = s.input({1, 5, 5});
    const ValueId rows = s.add(op::TakeLike{s.constant({9, 8}), x, 0, 1});
    return s.add(op::Add{x, s.add(op::TakeLike{rows, x, 1, 2})});
  }));
}

}  // namespace

std::vector<OpGraph> op_graphs() {
  std::vector<OpGraph> graphs;
  add_convolutions(graphs);
  add_pieces(graphs);
  add_products(graphs);
  add_attentions(graphs);
  add_other_attentions(graphs);
  add_rows(graphs);
  add_elementwise(graphs);
  add_views(graphs);
  // A value that leaves the graph and is read inside it cannot be fused away.
  Sketch sketch;
  const ValueId x = sketch.input({1, 4, 16});
  const ValueId y = sketch.add(op::Linear{x, sketch.constant({16, 16}), sketch.constant({16})});
  sketch.output(sketch.add(op::Gelu{y}));
  sketch.output(y);
  graphs.push_back({"two_outputs", sketch.finish()});
  return graphs;
}

}  // namespace sotto::test
