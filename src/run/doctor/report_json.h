#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "core/base/option.h"
#include "run/doctor/graph_probe.h"
#include "run/doctor/report.h"

namespace sotto {

// A report as JSON: docs/doctor.md has the fields.

/// Options in sentences are spelled as `spelling` says.
[[nodiscard]] std::string report_json(const Report& report, const OptionSpelling& spelling);

/// Reads it back, as it may come from another machine. Untrusted: throws format, naming `source`
/// and the field, for what report_json() does not write, and unsupported for more than 4 MiB.
/// Fields that it does not know are passed over.
[[nodiscard]] Report parse_report(std::span<const std::byte> bytes, const std::string& source);

// Parts of it on a line, options marked, and back: what a child tells its parent.
[[nodiscard]] std::string library_line(const LibraryFacts& facts);
[[nodiscard]] LibraryFacts parse_library_line(std::string_view line, const std::string& source);
[[nodiscard]] std::string graph_line(const GraphFacts& facts);
[[nodiscard]] GraphFacts parse_graph_line(std::string_view line, const std::string& source);

}  // namespace sotto
