#include <gtest/gtest.h>

#include "loaded_part.h"
#include "op_graphs.h"
#include "run/backends/registry.h"

// Every back end of this build against the definitions of the operations.

namespace sotto::test {
namespace {

// float32 keeps seven digits; the longest sums here have 1500 terms.
constexpr double kTolerance = 2e-6;
// LiteRT's kernels compute exp by a shorter polynomial: 2.2e-6 over 1500 keys.
constexpr double kToleranceOfLitert = 3e-6;

struct Case {
  std::string_view backend;
  const OpGraph* op;
};

std::vector<Case> all_cases() {
  static const std::vector<OpGraph> graphs = op_graphs();
  std::vector<Case> cases;
  for (const std::string_view backend : loadable_backends()) {
    for (const OpGraph& graph : graphs) cases.push_back({backend, &graph});
  }
  return cases;
}

class Conformance : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (const auto absence = absence_of(GetParam().backend); !absence.empty()) {
      GTEST_SKIP() << absence;
    }
  }
};

TEST_P(Conformance, ComputesWhatTheOperationsMean) {
  const Graph& graph = GetParam().op->graph;
  std::vector<Tensor> inputs;
  std::vector<PlainTensor> plain_inputs;
  for (const ValueId id : graph.inputs()) {
    inputs.push_back(random_tensor(graph.shape(id), id.index + 1));
    plain_inputs.push_back(to_plain(inputs.back()));
  }
  LoadedPart part(GetParam().backend, [&](std::int64_t) { return graph; });
  const std::vector<Tensor> found = part.run(inputs);
  const std::vector<PlainTensor> expected = run_plainly(graph, plain_inputs);
  ASSERT_EQ(found.size(), expected.size());
  const double tolerance = GetParam().backend == "litert" ? kToleranceOfLitert : kTolerance;
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_LE(relative_difference(found[i], expected[i]), tolerance) << to_string(graph);
  }
}

INSTANTIATE_TEST_SUITE_P(AllBackends, Conformance, testing::ValuesIn(all_cases()),
                         [](const auto& tested) {
                           return std::string(tested.param.backend) + "_" + tested.param.op->name;
                         });

}  // namespace
}  // namespace sotto::test
