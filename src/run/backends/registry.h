#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "run/backends/backend.h"

namespace sotto {

/// The names of all back ends of this build, the default ("cpu") first.
[[nodiscard]] std::vector<std::string_view> backend_names();

/// Throws usage for an unknown name (listing the known ones), unavailable with the back end's
/// reason when it cannot run here. Never falls back to another one.
[[nodiscard]] std::unique_ptr<Backend> make_backend(std::string_view name);

}  // namespace sotto
