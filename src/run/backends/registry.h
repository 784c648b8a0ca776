#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "run/backends/backend.h"

namespace sotto {

/// One back end, by its name.
struct BackendEntry {
  std::string_view name;
  std::unique_ptr<Backend> (*make)(const BackendOptions& options);
};

/// Adds a back end behind those of this build, and is its registration: a program that has one more
/// in a file of its own has a static object of this there. Not beside other threads.
struct BackendRegistration {
  explicit BackendRegistration(const BackendEntry& entry);
};

/// The names of all back ends of this build, the default first.
[[nodiscard]] std::vector<std::string_view> backend_names();

/// Throws usage for an unknown name (listing the known ones), unavailable with the back end's
/// reason when it cannot run here. Never falls back to another one.
[[nodiscard]] std::unique_ptr<Backend> make_backend(std::string_view name,
                                                    const BackendOptions& options = {});

/// The back end of this name as it computes here, without a look at whether it can: for what it
/// says of parts. Throws usage for an unknown name.
[[nodiscard]] std::unique_ptr<Backend> describe_backend(std::string_view name,
                                                        const BackendOptions& options = {});

}  // namespace sotto
