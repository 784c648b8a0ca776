#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <memory>

#include "loaded_part.h"
#include "run/backends/cpu/kernels/panel_product.h"
#include "run/backends/cpu/program.h"

// Products of few rows against their definition.

namespace sotto::cpu {
namespace {

using test::random_values;

TEST(PanelProduct, IsTheSumThatItSays) {
  for (const std::size_t depth : {1U, 2U, 31U, 32U, 33U, 512U}) {
    for (const std::size_t rows : {1U, 3U, 8U}) {
      const std::size_t stride = depth + 5;
      const auto input = random_values(static_cast<std::int64_t>(rows * stride), depth);
      Tensor panel(DType::float32, {static_cast<std::int64_t>(depth * kPanelWidth)});
      const auto values = random_values(panel.size(), depth + 1);
      std::copy(values.begin(), values.end(), panel.floats().begin());
      Tensor sums(DType::float32, {static_cast<std::int64_t>(rows * kPanelWidth)});
      std::fill(sums.floats().begin(), sums.floats().end(), 7.0F);
      multiply_panel({input.data(), static_cast<std::int64_t>(stride), rows, depth,
                      panel.floats().data(), sums.floats().data()});
      for (std::size_t place = 0; place < rows * kPanelWidth; ++place) {
        const std::size_t row = place / kPanelWidth, column = place % kPanelWidth;
        double sum = 0.0;
        for (std::size_t k = 0; k < depth; ++k) {
          sum += static_cast<double>(input[row * stride + k]) *
                 static_cast<double>(values[k * kPanelWidth + column]);
        }
        EXPECT_NEAR(sums.floats()[place], sum, 1e-6 * static_cast<double>(depth));
      }
    }
  }
}

Graph linear_graph(std::int64_t rows) {
  Graph graph("Linear");
  const ValueId x = graph.add_input("x", {1, rows, 96});
  const ValueId weight =
      graph.add_constant("weight", own_values({130, 96}, random_values(std::int64_t{130} * 96, 1)));
  graph.add_output(graph.add("y", op::Linear{x, weight, std::nullopt}));
  return graph;
}

TEST(PanelProduct, IsWhatFewRowsTake) {
  if (dnnl::get_effective_cpu_isa() < dnnl::cpu_isa::avx512_core) GTEST_SKIP() << "no AVX-512 here";
  OneDnn onednn;
  PackedWeights weights(onednn);
  for (const std::int64_t rows : {1, 2, 3}) {
    const Program program(linear_graph(rows), weights, onednn);
    ASSERT_EQ(program.steps().size(), 1U);
    EXPECT_EQ(program.steps().front()->implementation() == "panels", rows <= 2) << rows;
  }
}

}  // namespace
}  // namespace sotto::cpu
