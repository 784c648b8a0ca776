#pragma once

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "plain_ops.h"
#include "run/backends/backend.h"
#include "support/temp_folder.h"

namespace sotto::test {

/// Makes a graph for a length of its variable axis; 0 means the longest.
using GraphMaker = std::function<Graph(std::int64_t length)>;

/// A graph loaded on a back end, in whatever form that back end takes.
class LoadedPart {
 public:
  LoadedPart(std::string_view backend, const GraphMaker& make_graph,
             const BackendOptions& options = {});

  [[nodiscard]] Executable& executable() { return *executable_; }

  /// Runs with these inputs; the outputs' variable axis is as long as that of the inputs.
  [[nodiscard]] std::vector<Tensor> run(const std::vector<Tensor>& inputs);

 private:
  TempFolder folder_;
  std::unique_ptr<Executable> executable_;
};

/// The back ends of this build that LoadedPart makes files for: all but mtk_converter, whose files
/// are made by MediaTek's converter.
[[nodiscard]] std::vector<std::string_view> loadable_backends();

/// Why a back end of this build cannot run here; empty where it can.
[[nodiscard]] std::string absence_of(std::string_view backend);

/// Seeded uniform values in [−reach, reach].
[[nodiscard]] std::vector<float> random_values(std::int64_t count, std::uint64_t seed,
                                               float reach = 1.0F);
[[nodiscard]] Tensor random_tensor(const Shape& shape, std::uint64_t seed, float reach = 1.0F);

[[nodiscard]] PlainTensor to_plain(const Tensor& tensor);

/// The largest difference between two results, as a part of the expected one's largest value.
[[nodiscard]] double relative_difference(const Tensor& found, const PlainTensor& expected);

}  // namespace sotto::test
