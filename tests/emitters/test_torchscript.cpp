#include <cstring>
#include <numeric>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "compile/emitters/torchscript/torchscript_writer.h"
#include "core/archive/zip_reader.h"
#include "core/base/error.h"
#include "support/text_sink.h"

namespace sotto {
namespace {

using testing::ElementsAre;

TensorView counting(Shape shape) {
  std::vector<float> values(static_cast<std::size_t>(num_elements(shape)));
  std::iota(values.begin(), values.end(), 1.0F);
  return own_values(std::move(shape), std::move(values));
}

// One of every operation, over a sequence of up to 6.
Graph example() {
  Graph graph("Example");
  const ValueId x = graph.add_input("tokens", {1, 6, 8});
  graph.set_variable_axis({x, 1});
  const ValueId table = graph.add_constant("positional_embedding", counting({10, 8}));
  const ValueId positions = graph.add("positions", op::TakeLike{table, x, 0, 1});
  const ValueId sum = graph.add("embedded", op::Add{x, positions});
  const ValueId gain = graph.add_constant("ln.weight", counting({8}));
  const ValueId bias = graph.add_constant("ln.bias", counting({8}));
  const ValueId normed = graph.add("ln", op::LayerNorm{sum, gain, bias, 1e-5F});
  const ValueId weight = graph.add_constant("out.weight", counting({8, 8}));
  const ValueId linear = graph.add("out", op::Linear{normed, weight, bias});
  const ValueId scaled = graph.add("out.scaled", op::Scale{linear, 0.125F});
  const ValueId split = graph.add("split", op::Reshape{scaled, {1, 6, 2, 4}});
  const ValueId heads = graph.add("heads", op::Transpose{split, {0, 2, 1, 3}});
  const ValueId keys = graph.add("keys", op::Transpose{split, {0, 2, 3, 1}});
  const ValueId scores = graph.add("scores", op::MatMul{heads, keys});
  const ValueId weights = graph.add("weights", op::Softmax{scores});
  const ValueId mixed = graph.add("mixed", op::MatMul{weights, heads});
  const ValueId rows = graph.add("rows", op::Transpose{mixed, {0, 2, 1, 3}});
  const ValueId merged = graph.add("merged", op::Reshape{rows, {1, 6, 8}});
  graph.add_output(graph.add("result", op::Gelu{merged}));
  verify(graph);
  return graph;
}

TEST(TorchScriptWriter, KeepsEveryConstantAsFloat32UnderItsName) {
  test::TextSink sink;
  write_torchscript(example(), sink);
  const ZipReader archive(std::as_bytes(std::span(sink.text)), "example.pt");
  std::vector<std::string> names;
  for (const ZipEntry& entry : archive.entries()) names.emplace_back(entry.name);
  EXPECT_THAT(names, ElementsAre("Example/version", "Example/data.pkl", "Example/code/__torch__.py",
                                 "Example/constants.pkl", "Example/constants/0",
                                 "Example/data/positional_embedding", "Example/data/ln_weight",
                                 "Example/data/ln_bias", "Example/data/out_weight"));
  const auto bytes = archive.checked_content(*archive.find("Example/data/out_weight"));
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  EXPECT_EQ(values, to_float32(counting({8, 8})));
}

TEST(TorchScriptWriter, GivesTheSameBytesForHalvesOfTheSameValues) {
  const auto write = [](const TensorView& weight) {
    Graph graph("Halves");
    const ValueId x = graph.add_input("x", {1, 2});
    const ValueId matrix = graph.add_constant("w", weight);
    graph.add_output(graph.add("y", op::Linear{x, matrix, std::nullopt}));
    test::TextSink sink;
    write_torchscript(graph, sink);
    return sink.text;
  };
  static const std::uint16_t halves[] = {0x3c00, 0x4000, 0x4200, 0x4400};  // 1, 2, 3, 4
  const TensorView half =
      dense_view(DType::float16, {2, 2}, reinterpret_cast<const std::byte*>(halves), nullptr);
  EXPECT_EQ(write(half), write(counting({2, 2})));
}

TEST(TorchScriptWriter, RefusesIntegers) {
  static const std::int32_t integers[] = {1, 2};
  Graph graph("Integers");
  graph.add_output(graph.add_input("x", {2}));
  graph.add_constant(
      "i", dense_view(DType::int32, {2}, reinterpret_cast<const std::byte*>(integers), nullptr));
  test::TextSink sink;
  EXPECT_THROW(write_torchscript(graph, sink), Error);
}

}  // namespace
}  // namespace sotto
