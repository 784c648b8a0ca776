#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "core/graph/graph.h"

namespace sotto::cli {

/// Writes graphs as text on their way through the passes: FOLDER/GRAPH.NN.PASS.txt.
class PassDump {
 public:
  /// Makes the folder. Throws io.
  explicit PassDump(std::filesystem::path folder);

  void operator()(std::string_view pass, const Graph& graph);

 private:
  std::filesystem::path folder_;
  std::map<std::string, int> steps_;  ///< how many were written, by graph
};

}  // namespace sotto::cli
