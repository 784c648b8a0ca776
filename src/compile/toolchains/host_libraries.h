#pragma once

#include <filesystem>

#include "compile/targets/target.h"

namespace sotto {

/// The folder that holds MediaTek's host compiler, libneuron_adapter.so of the major version whose
/// networks the target's devices load: of the SDK that is named, else of the Python package beside
/// LiteRT's folder (which may be empty). Throws unavailable with where it was looked for and how to
/// get it.
[[nodiscard]] std::filesystem::path find_host_libraries(const std::filesystem::path& sdk,
                                                        const std::filesystem::path& litert,
                                                        const Target& target);

/// The library in such a folder.
[[nodiscard]] std::filesystem::path adapter_in(const std::filesystem::path& folder);

}  // namespace sotto
