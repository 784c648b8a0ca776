#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compile/emitters/torchscript/torchscript_writer.h"
#include "core/base/error.h"
#include "core/base/output_file.h"
#include "loaded_part.h"
#include "run/backends/registry.h"
#include "support/expect_error.h"
#include "support/model_part.h"

// What the torchscript back end says to files that are not what the part is, once their maker is
// trusted; test_torchscript_attacks.cpp has what it says before.

namespace sotto::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Graph linear_graph(std::int64_t outputs) {
  Graph graph("Part");
  const ValueId x = graph.add_input("x", {1, 4});
  const ValueId weights =
      graph.add_constant("weights", own_values({outputs, 4}, random_values(outputs * 4, 1)));
  graph.add_output(graph.add("y", op::Linear{x, weights, std::nullopt}));
  return graph;
}

Graph sum_graph() {
  Graph graph("Part");
  const ValueId a = graph.add_input("a", {1, 4});
  const ValueId b = graph.add_input("b", {1, 4});
  graph.add_output(graph.add("y", op::Add{a, b}));
  return graph;
}

class TorchScript : public testing::Test {
 protected:
  void SetUp() override {
    const auto names = backend_names();
    if (std::find(names.begin(), names.end(), "torchscript") == names.end()) {
      GTEST_SKIP() << "built without libtorch";
    }
  }

  std::filesystem::path write(const Graph& graph) const {
    auto path = folder_ / "part.pt";
    OutputFile file(path, path.string());
    write_torchscript(graph, file);
    file.close();
    return path;
  }

  /// Loads `file` as a part whose graph is `graph`, runs it on zeros, and gives the refusal.
  static std::string refusal(const std::filesystem::path& file, const Graph& graph) {
    return refusal_of([&] {
      ModelPart part = part_of("decoder", [&](std::int64_t) { return graph; });
      if (!file.empty()) part.files["torchscript"] = {file};
      part.trust = Trust::any_files;
      const auto executable = make_backend("torchscript")->load(part);
      const Tensor input(DType::float32, {1, 4});
      Tensor output(DType::float32, executable->signature().outputs.front().shape);
      const Tensor* inputs[] = {&input};
      Tensor* outputs[] = {&output};
      executable->run(inputs, outputs);
    });
  }

  TempFolder folder_;
};

TEST_F(TorchScript, AsksForAnExportWhenThereIsNoFile) {
  EXPECT_THAT(refusal({}, linear_graph(3)), HasSubstr("export the checkpoint first"));
}

TEST_F(TorchScript, NamesAFileThatIsMissing) {
  EXPECT_THAT(refusal(folder_ / "none.pt", linear_graph(3)), HasSubstr("none.pt: "));
}

TEST_F(TorchScript, NamesAFileThatIsSomethingElse) {
  const auto path = folder_ / "noise.pt";
  std::ofstream(path) << "this is no archive";
  EXPECT_THAT(refusal(path, linear_graph(3)),
              HasSubstr("noise.pt: expected a TorchScript file that libtorch loads, found: "));
}

TEST_F(TorchScript, NamesATruncatedFile) {
  const auto path = write(linear_graph(3));
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  EXPECT_THAT(refusal(path, linear_graph(3)), HasSubstr("part.pt: expected a TorchScript file"));
}

TEST_F(TorchScript, RefusesAForwardOfOtherInputs) {
  EXPECT_THAT(refusal(write(sum_graph()), linear_graph(3)),
              HasSubstr("part.pt: expected forward() to take 1 tensors, found 2"));
}

TEST_F(TorchScript, RefusesResultsOfAnotherShape) {
  EXPECT_THAT(
      refusal(write(linear_graph(5)), linear_graph(3)),
      HasSubstr("part.pt: expected forward() to return float32 [1, 3], found Float [1, 5]"));
}

TEST_F(TorchScript, PassesOnWhatTheCodeComplainsOf) {
  Graph wide("Part");
  const ValueId x = wide.add_input("x", {1, 7});
  const ValueId weights = wide.add_constant("weights", own_values({3, 7}, random_values(21, 1)));
  wide.add_output(wide.add("y", op::Linear{x, weights, std::nullopt}));
  EXPECT_THAT(refusal(write(wide), linear_graph(3)),
              AllOf(HasSubstr("part.pt: its forward() failed: "), HasSubstr("mat1 and mat2")));
}

}  // namespace
}  // namespace sotto::test
