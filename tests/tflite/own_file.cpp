#include "tflite/own_file.h"

#include <vector>

#include "support/text_sink.h"

namespace sotto::test {
namespace {

ValueId constant(Graph& graph, const std::string& name, const Shape& shape) {
  const auto count = static_cast<std::size_t>(num_elements(shape));
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = 0.25F + static_cast<float>(i % 7) / 8.0F;
  return graph.add_constant(name, own_values(shape, values));
}

/// What rows go through: [1, 6, 8] → the same.
ValueId add_rows(Graph& graph, ValueId x) {
  const ValueId wide = graph.add("wide", op::FullyConnected{x, constant(graph, "w", {10, 8}),
                                                            constant(graph, "b", {10}), 0.5F});
  const ValueId exact = graph.add("exact", op::Gelu{wide});
  const ValueId narrow =
      graph.add("narrow", op::FullyConnected{exact, constant(graph, "v", {8, 10}), std::nullopt});
  const ValueId curved = graph.add("curved", op::TanhGelu{narrow});
  const ValueId mean = graph.add("mean", op::Reduce{op::Reduce::Kind::mean, curved});
  const ValueId centred =
      graph.add("centred", op::Binary{op::Binary::Kind::subtract, curved, mean});
  const ValueId size = graph.add("size", op::Unary{op::Unary::Kind::absolute, centred});
  const ValueId largest = graph.add("largest", op::Reduce{op::Reduce::Kind::maximum, size});
  const ValueId floor = graph.add(
      "floor", op::Binary{op::Binary::Kind::maximum, largest, constant(graph, "least", {1})});
  const ValueId scaled = graph.add("scaled", op::Binary{op::Binary::Kind::divide, centred, floor});
  const ValueId root = graph.add("root", op::Unary{op::Unary::Kind::reciprocal_sqrt, floor});
  const ValueId normal = graph.add("normal", op::Binary{op::Binary::Kind::multiply, scaled, root});
  return graph.add("sum", op::Binary{op::Binary::Kind::add, normal, x});
}

}  // namespace

Graph graph_of_everything() {
  Graph graph("Everything");
  const ValueId x = graph.add_input("x", {1, 6, 8});
  const ValueId y = graph.add_input("y", {2, 3, 4});
  const ValueId rows = add_rows(graph, x);
  const ValueId heads = graph.add("heads", op::Reshape{rows, {6, 2, 4}});
  const ValueId turned = graph.add("turned", op::Transpose{heads, {1, 2, 0}});
  const ValueId scores = graph.add("scores", op::MatMul{y, turned});
  const ValueId shares = graph.add("shares", op::Softmax{scores});
  const ValueId line = graph.add("line", op::Reshape{shares, {1, 1, 9, 4}});
  const ValueId longer = graph.add("longer", op::Pad{line, 2, 1, 2});
  const ValueId heard = graph.add("heard", op::Conv2d{longer, constant(graph, "k", {4, 1, 3, 4}),
                                                      constant(graph, "kb", {4}), 2});
  const ValueId flat = graph.add("flat", op::Reshape{heard, {1, 5, 4}});
  graph.add_output(graph.add("z", op::Concat{{rows, rows}, 1}));
  graph.add_output(graph.add("row", op::Slice{flat, 1, 3, 1}));
  verify(graph);
  return graph;
}

std::string own_file(const Graph& graph, WeightType weights) {
  TextSink sink;
  write_tflite(graph, weights, sink);
  return sink.text;
}

std::string own_file_of_two(WeightType weights) {
  const Graph graph = graph_of_everything();
  const std::vector<SignedGraph> both{{"one", &graph}, {"two", &graph}};
  TextSink sink;
  write_tflite(both, "both", weights, sink);
  return sink.text;
}

}  // namespace sotto::test
