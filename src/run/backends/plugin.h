#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "run/backends/backend.h"

namespace sotto {

/// The one function that a library with a back end exports, a PluginEntry: it gives a new Backend,
/// owned by the caller.
inline constexpr std::string_view kPluginEntry = "sotto_make_backend";
using PluginEntry = Backend*(const BackendOptions& options);

/// A back end that lives in a library of its own, because what it runs on takes long to load: the
/// library is loaded when the back end is asked whether it is available, not before.
[[nodiscard]] std::unique_ptr<Backend> make_plugin_backend(std::string_view name,
                                                           std::string library,
                                                           const BackendOptions& options);

}  // namespace sotto
