#pragma once

#include <filesystem>

#include "core/base/target_lock.h"
#include "progress.h"

namespace sotto::cli {

/// Notes that another sotto writes `target` and is waited for. `progress` outlives it.
[[nodiscard]] OnWait waiting_note(const std::filesystem::path& target, Progress& progress);

}  // namespace sotto::cli
