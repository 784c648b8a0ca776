#pragma once

#include <nlohmann/json.hpp>

#include "transcribe_arguments.h"

namespace sotto::cli {

/// What decides the outputs of a recording besides itself: model (path, size and time of change),
/// back end and options. Two runs with equal descriptions write equal files.
[[nodiscard]] nlohmann::json describe_job(const TranscribeArguments& arguments);

}  // namespace sotto::cli
