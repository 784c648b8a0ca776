#pragma once

#include <string>

#include "run/doctor/report.h"

namespace sotto {

/// What follows from a report's facts, in place of the findings that it has: a row a fact that a
/// person should know, with a sentence and, where there is something to do, a remedy.
void judge(Report& report);

/// "3.81 s"; any number may come from outside.
[[nodiscard]] std::string shown_seconds(double seconds);

// Its parts, each of which adds to report.findings.
void judge_system(Report& report);
void judge_libraries(Report& report);
void judge_nodes(Report& report);
void judge_bundle(Report& report);
void judge_self_test(Report& report);

}  // namespace sotto
