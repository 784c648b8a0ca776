#include <numeric>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "core/base/error.h"
#include "core/torchscript/torchscript_code.h"

namespace sotto {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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

TEST(TorchScriptCode, ReadsLikeATrace) {
  const TorchScriptCode code = torchscript_code(example());
  EXPECT_EQ(code.class_name, "Example");
  EXPECT_THAT(code.factors, ElementsAre(0.125F));
  EXPECT_EQ(code.text,
            R"(class Example(Module):
  __parameters__ = []
  __buffers__ = ["positional_embedding", "ln_weight", "ln_bias", "out_weight", ]
  positional_embedding : Tensor  # [10, 8]
  ln_weight : Tensor  # [8]
  ln_bias : Tensor  # [8]
  out_weight : Tensor  # [8, 8]
  training : bool
  _is_full_backward_hook : Optional[bool]
  def forward(self: __torch__.Example,
    tokens: Tensor) -> Tensor:
    length = int(ops.prim.NumToTensor(torch.size(tokens, 1)))
    positions = torch.slice(self.positional_embedding, 0, 0, length)  # [length, 8]
    embedded = torch.add(tokens, positions)  # [1, length, 8]
    ln = torch.layer_norm(embedded, [8], self.ln_weight, self.ln_bias, 1e-05)  # [1, length, 8]
    out = torch.linear(ln, self.out_weight, self.ln_bias)  # [1, length, 8]
    out_scaled = torch.mul(out, CONSTANTS.c0)  # [1, length, 8]
    split = torch.view(out_scaled, [1, length, 2, 4])  # [1, length, 2, 4]
    heads = torch.permute(split, [0, 2, 1, 3])  # [1, 2, length, 4]
    keys = torch.permute(split, [0, 2, 3, 1])  # [1, 2, 4, length]
    scores = torch.matmul(heads, keys)  # [1, 2, length, length]
    weights = torch.softmax(scores, -1)  # [1, 2, length, length]
    mixed = torch.matmul(weights, heads)  # [1, 2, length, 4]
    rows = torch.permute(mixed, [0, 2, 1, 3])  # [1, length, 2, 4]
    merged = torch.flatten(rows, 2, 3)  # [1, length, 8]
    result = torch.gelu(merged)  # [1, length, 8]
    return result
)");
}

TEST(TorchScriptCode, ConvolvesWithFixedLengthsAndReturnsTuples) {
  Graph graph("Convolution");
  const ValueId mel = graph.add_input("mel", {1, 3, 10});
  const ValueId weight = graph.add_constant("conv.weight", counting({4, 3, 3}));
  const ValueId bias = graph.add_constant("conv.bias", counting({4}));
  const ValueId conv = graph.add("conv", op::Conv1d{mel, weight, bias, 2, 1});
  const ValueId flat = graph.add("flat", op::Reshape{conv, {2, 10}});
  graph.add_output(conv);
  graph.add_output(flat);
  const std::string text = torchscript_code(graph).text;
  EXPECT_THAT(text, HasSubstr("mel: Tensor) -> Tuple[Tensor, Tensor]:\n"
                              "    conv = torch._convolution(mel, self.conv_weight, "
                              "self.conv_bias, [2], [1], [1], False, [0], 1, False, False, True, "
                              "True)  # [1, 4, 5]\n"));
  EXPECT_THAT(text, HasSubstr("flat = torch.view(torch.flatten(conv), [2, 10])"));
  EXPECT_THAT(text, HasSubstr("return (conv, flat)\n"));
}

TEST(TorchScriptCode, RefusesNamesThatCollide) {
  Graph graph("Names");
  graph.add_output(graph.add_input("x", {1}));
  graph.add_constant("a.b", counting({1}));
  graph.add_constant("a_b", counting({1}));
  EXPECT_THROW((void)torchscript_code(graph), Error);
  Graph reserved("Names");
  reserved.add_output(reserved.add_input("length", {1}));
  EXPECT_THROW((void)torchscript_code(reserved), Error);
  Graph digits("Names");
  digits.add_output(digits.add_input("0", {1}));
  EXPECT_THROW((void)torchscript_code(digits), Error);
}

TEST(TorchScriptCode, RefusesACache) {
  Graph graph("Cache");
  const ValueId x = graph.add_input("x", {1, 1, 8});
  const ValueId keys = graph.add_input("keys", {1, 9, 8});
  const ValueId values = graph.add_input("values", {1, 9, 8});
  const ValueId slots = graph.add_input("slots", {1, 9}, DType::int32);
  graph.add_output(graph.add("mixed", op::CachedAttention{x, x, x, keys, values, slots, 2}));
  EXPECT_THROW((void)torchscript_code(graph), Error);

  Graph windows("Windows");
  const ValueId query = windows.add_input("x", {1, 1, 8});
  const ValueId kept = windows.add_input("keys", {1, 9, 8});
  const ValueId kept_too = windows.add_input("values", {1, 9, 8});
  const ValueId number = windows.add_input("windows", {1}, DType::int32);
  windows.add_output(windows.add("mixed", op::WindowAttention{query, kept, kept_too, number, 2}));
  EXPECT_THROW((void)torchscript_code(windows), Error);
}

}  // namespace
}  // namespace sotto
