#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "compile/exporter/exporter.h"
#include "core/base/byte_sink.h"
#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// A file of an export that holds a graph, before it is written.
struct GraphFile {
  std::string role, name;
  Signature signature;
  std::uint64_t weight_bytes = 0;  ///< about what it takes to write it
  std::function<void(ByteSink&)> write;
};

/// The graphs that the options ask for, in the order of the manifest. Throws what the builders of
/// model/whisper and lower() throw.
[[nodiscard]] std::vector<GraphFile> plan_graph_files(const ExportOptions& options,
                                                      const Checkpoint& checkpoint,
                                                      const std::string& model_name);

}  // namespace sotto
