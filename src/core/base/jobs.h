#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace sotto {

/// Runs independent jobs on so many threads, of which the caller's is one, each taking the next
/// that is left. When one throws, those not yet begun are dropped and its exception is thrown here.
void run_jobs(const std::vector<std::function<void()>>& jobs, std::size_t threads);

/// The jobs with the largest of their sizes first.
[[nodiscard]] std::vector<std::function<void()>> largest_first(
    std::vector<std::pair<std::uint64_t, std::function<void()>>> jobs);

}  // namespace sotto
