#pragma once

#include <string>

#include "run/bench/bench.h"

namespace sotto::cli {

/// What was measured, for people.
[[nodiscard]] std::string bench_table(const BenchReport& report);

/// What loading made of the model's graphs, and where the time of a stage goes, a table a stage.
[[nodiscard]] std::string profile_tables(const BenchReport& report);

}  // namespace sotto::cli
