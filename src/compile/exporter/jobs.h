#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace sotto {

/// Runs independent jobs on two threads, the caller's and one more, each taking the next that is
/// left. When one throws, those not yet begun are dropped and its exception is thrown here.
void run_jobs(const std::vector<std::function<void()>>& jobs);

/// The jobs with the largest of their sizes first.
[[nodiscard]] std::vector<std::function<void()>> largest_first(
    std::vector<std::pair<std::uint64_t, std::function<void()>>> jobs);

}  // namespace sotto
