#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "run/decoding/transcript.h"

namespace sotto::test {

/// Where a transcript first leaves the recorded one.
struct Departure {
  static constexpr std::size_t kWholeWindow = std::numeric_limits<std::size_t>::max();

  std::string what;                  ///< one sentence
  bool in_language = false;          ///< the language is another one
  std::int64_t seek = -1;            ///< where the window begins that differs; −1 where none does
  std::size_t token = kWholeWindow;  ///< its first token that differs, where tokens do
};

/// Compares a transcript with the recorded `result` of a case of oracle_transcripts.py: language,
/// text, the number of segments and all their fields; times and ratios to 1e-9, probabilities to
/// 1e-4 (and the error of the reference's own sums, where the case has them as "rounding"), the
/// rest exactly. nullopt where they agree.
[[nodiscard]] std::optional<Departure> departure(const Transcript& found,
                                                 const nlohmann::json& recorded);

/// The same for the segments alone; `windows` are the case's, where there are any.
[[nodiscard]] std::optional<Departure> segments_departure(
    const std::vector<Segment>& found, const nlohmann::json& expected,
    const nlohmann::json& windows = nlohmann::json::array());

/// The narrowest decision of the reference, at or before the place of departure, that could have
/// led there; infinite where none was taken.
[[nodiscard]] double margin_at(const nlohmann::json& recorded, const Departure& place);

}  // namespace sotto::test
