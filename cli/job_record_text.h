#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "run/writers/writers.h"

namespace sotto::cli {

/// A record of JobRecords as text: docs/formats/transcripts.md.
[[nodiscard]] std::string record_text(const nlohmann::json& job,
                                      std::span<const OutputFormat> formats);

/// The formats that the bytes of a record name for that very job. A record that cannot be read is
/// none: whatever is wrong with it, the answer is an empty list.
[[nodiscard]] std::vector<OutputFormat> formats_recorded(std::span<const std::byte> record,
                                                         const nlohmann::json& job);

}  // namespace sotto::cli
