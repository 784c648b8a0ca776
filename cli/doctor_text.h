#pragma once

#include <string>

#include "run/doctor/report.h"

namespace sotto::cli {

/// A report as a person reads it: facts in tables, then what follows from them.
[[nodiscard]] std::string report_text(const Report& report);

/// Every operation that was tried, a row each.
[[nodiscard]] std::string self_test_text(const SelfTest& test);

}  // namespace sotto::cli
