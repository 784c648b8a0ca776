#include "run/bench/product_speed.h"

#include <algorithm>
#include <array>
#include <vector>

#include "run/engine/stopwatch.h"

namespace sotto {
namespace {

// Rows as an encoder of Whisper has them, and a weight that is larger than a core's caches.
constexpr std::int64_t kRows = 1536, kInner = 2048, kColumns = 2048;

Tensor filled(const Shape& shape, float value) {
  Tensor tensor(DType::float32, shape);
  std::fill(tensor.floats().begin(), tensor.floats().end(), value);
  return tensor;
}

TensorView all_equal(const Shape& shape, float value) {
  return own_values(shape,
                    std::vector<float>(static_cast<std::size_t>(num_elements(shape)), value));
}

Graph big_product() {
  Graph graph("product");
  const ValueId input = graph.add_input("input", {kRows, kInner});
  const ValueId weight = graph.add_constant("weight", all_equal({kColumns, kInner}, 0.03125F));
  const ValueId bias = graph.add_constant("bias", all_equal({kColumns}, 1.0F));
  graph.add_output(graph.add("output", op::Linear{input, weight, bias}));
  return graph;
}

}  // namespace

ProductSpeed::ProductSpeed(const Backend& backend)
    : input_(filled({kRows, kInner}, 0.5F)), output_(DType::float32, {kRows, kColumns}) {
  ModelPart part{.name = "product"};
  part.graph = [](std::int64_t /*length*/) { return big_product(); };
  product_ = backend.load(part);
}

std::int64_t ProductSpeed::operations() const { return 2 * kRows * kInner * kColumns; }

double ProductSpeed::measure() {
  const std::array<const Tensor*, 1> inputs{&input_};
  const std::array<Tensor*, 1> outputs{&output_};
  const Stopwatch running;
  product_->run(inputs, outputs);
  return running.seconds();
}

}  // namespace sotto
