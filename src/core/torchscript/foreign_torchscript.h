#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "core/graph/graph.h"

namespace sotto {

/// What in these bytes is not what write_torchscript() writes for the graph: "other code at line
/// 12", "an entry Core/extra of others". Nothing where each byte is its own, but for the values of
/// the graph's constants and the checksums of those: such a file can do nothing but what the graph
/// does. No runtime sees the bytes, and of the constants' values none is read. `source` names the
/// file in messages. Throws what torchscript_entries() and ZipReader throw.
[[nodiscard]] std::optional<std::string> foreign_torchscript(const Graph& graph,
                                                             std::span<const std::byte> bytes,
                                                             const std::string& source);

}  // namespace sotto
