#pragma once

#include <filesystem>
#include <optional>

namespace sotto {

/// How many processors' time the control groups of this process allow it (cgroup v2's cpu.max, v1's
/// cpu.cfs_quota_us; the smallest of its group and those above), rounded up; none where they set no
/// limit or cannot be read. `root` is the folder that the system's own files lie under: "/".
[[nodiscard]] std::optional<int> processor_quota(const std::filesystem::path& root);

}  // namespace sotto
