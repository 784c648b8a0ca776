#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace sotto {

/// One entry of the archive that a graph becomes.
struct TorchScriptEntry {
  std::string name;               ///< "WhisperEncoderCore/data.pkl"
  std::string content;            ///< empty for a buffer
  std::optional<ValueId> buffer;  ///< the constant whose elements it holds, as float32
  std::uint64_t size = 0;         ///< in bytes
};

/// All entries of a graph's TorchScript archive, in their order: docs/formats/torchscript.md.
/// Throws what torchscript_code() throws, and unsupported for constants that are no floats.
[[nodiscard]] std::vector<TorchScriptEntry> torchscript_entries(const Graph& graph);

/// The entry that holds the code, behind the archive's own name and a '/'.
inline constexpr const char* kTorchScriptCodeEntry = "code/__torch__.py";

}  // namespace sotto
