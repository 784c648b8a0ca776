#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "compile/exporter/exporter.h"
#include "core/base/byte_sink.h"
#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// A file of an export that holds graphs, before it is written.
struct GraphFile {
  struct Content {
    std::string role;
    Signature signature;
    std::string key{};  ///< FileRecord::signature_key
  };
  std::string name;
  std::vector<Content> graphs;
  std::uint64_t weight_bytes = 0;  ///< about what it takes to write it
  std::function<void(ByteSink&)> write;
};

/// The files of the graphs that the options ask for, in the order of the manifest. Throws usage for
/// graphs that do not go together, and what the builders of model/whisper and lower() throw.
[[nodiscard]] std::vector<GraphFile> plan_graph_files(const ExportOptions& options,
                                                      const Checkpoint& checkpoint,
                                                      const std::string& model_name);

}  // namespace sotto
