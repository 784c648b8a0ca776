#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "run/doctor/report.h"

namespace sotto {

/// Opens a device file and closes it again: 0, or the errno of the failure.
using NodeOpener = std::function<int(const std::filesystem::path&)>;
[[nodiscard]] int open_node(const std::filesystem::path& path);

/// The device files of the APU and of memory for devices under a root folder: those that a
/// NeuroPilot device has, also where they are absent, and others beside them.
[[nodiscard]] std::vector<NodeFacts> device_nodes(const std::filesystem::path& root,
                                                  const NodeOpener& open = open_node);

}  // namespace sotto
