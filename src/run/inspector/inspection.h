#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/dtype.h"
#include "core/base/shape.h"
#include "core/bundle/bundle.h"
#include "core/bundle/dims.h"
#include "core/graph/graph.h"

namespace sotto {

struct TensorInfo {
  std::string name;
  DType dtype = DType::float32;
  Shape shape;
};

/// A graph without its weights.
struct GraphInfo {
  struct Port {
    std::string name;
    Shape shape;
    std::string type = {};  ///< "int8"; empty where the graph knows only one
  };
  std::string name;
  std::vector<Port> inputs, outputs;
  std::vector<std::pair<std::string, std::int64_t>> op_counts;  ///< most frequent first
  GraphCost cost;
  /// Bytes of the inputs and outputs that pass with every run, and of the inputs that stay bound
  /// (is_resident_input()).
  std::int64_t boundary_bytes = 0, resident_bytes = 0;

  /// Counts an input or output among them.
  void add_boundary(std::string_view port, std::int64_t bytes);
};

/// What is in a file or folder, for people and programs.
struct Inspection {
  std::filesystem::path path;
  std::string kind;         ///< "OpenAI checkpoint", "bundle", "NumPy array", …
  std::uint64_t bytes = 0;  ///< of the file, or of the weights in a folder
  /// What else there is to say, in the order to show it: label and value, which may be a sentence
  /// with options marked for spell_options().
  std::vector<std::pair<std::string, std::string>> facts;
  std::optional<WhisperDims> dims;
  std::string size_name;        ///< "base"; empty where no published model has these dims
  std::int64_t parameters = 0;  ///< elements of all tensors
  std::vector<TensorInfo> tensors;
  std::vector<GraphInfo> graphs;
  std::vector<FileRecord> files;  ///< of a bundle
};

/// Looks at a checkpoint of any format, a bundle, or a single file of either. Throws not_found, or
/// format / unsupported with a sentence when `path` is none of these.
[[nodiscard]] Inspection inspect(const std::filesystem::path& path);

/// Everything above as a JSON object.
[[nodiscard]] std::string inspection_json(const Inspection& inspection);

}  // namespace sotto
