#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/mapped_file.h"
#include "core/neuron/neuron_abi.h"

namespace sotto::neuron {

/// A compiled graph in a file of any of the toolchains'.
struct CompiledFile {
  std::shared_ptr<const MappedFile> file;  ///< keeps the bytes
  std::span<const std::byte> network;      ///< what the runtime loads
  /// What compiled it, where the file says so.
  std::optional<Version> version;
  /// Names of what goes in and comes out, in the network's order; empty where the file has none,
  /// and the order is the graph's own.
  std::vector<std::string> inputs, outputs;
};

/// Opens a `.dla`, a stored network, or a TFLite file whose whole graph LiteRT's plugin compiled.
/// Throws not_found and io, format where a TFLite file or what the plugin wrote into it is damaged,
/// and unsupported where only a part of its graph is compiled.
[[nodiscard]] CompiledFile open_compiled(const std::filesystem::path& path);

/// The same of bytes that `file` keeps; `source` names them in messages.
[[nodiscard]] CompiledFile parse_compiled(std::span<const std::byte> bytes,
                                          const std::string& source,
                                          std::shared_ptr<const MappedFile> file);

}  // namespace sotto::neuron
