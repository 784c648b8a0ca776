#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/graph/graph.h"

namespace sotto::test {

/// The names and contents of an archive's entries, in their order.
using ArchiveEntries = std::vector<std::pair<std::string, std::string>>;

[[nodiscard]] ArchiveEntries entries_of(std::span<const std::byte> archive);

/// The archive of these entries, laid out as Sotto lays out its own.
[[nodiscard]] std::string archive_of(const ArchiveEntries& entries);

/// The content of the entry whose name ends so. Throws std::out_of_range when there is none.
[[nodiscard]] std::string& entry(ArchiveEntries& entries, const std::string& ending);

/// Puts `text` before the first `place` of the entry whose name ends so.
void insert(ArchiveEntries& entries, const std::string& ending, const std::string& place,
            const std::string& text);

/// What write_torchscript() makes of a graph.
[[nodiscard]] std::string torchscript_of(const Graph& graph);

/// x [1, n ≤ 4, 2] → y [1, n, 2]: two buffers, a factor and a view in a class called Part.
[[nodiscard]] Graph small_part();

}  // namespace sotto::test
