#pragma once

#include <filesystem>
#include <memory>

#include "run/backends/backend.h"

namespace sotto {

/// Where the litert back end looks for the library from now on (find_litert()'s `given`).
void use_litert(const std::filesystem::path& place);

/// Runs a part's TFLite file with LiteRT, the official runtime, on the CPU. The library is loaded
/// when it is first needed.
[[nodiscard]] std::unique_ptr<Backend> make_litert_backend();

}  // namespace sotto
