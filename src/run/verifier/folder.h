#pragma once

#include <filesystem>

namespace sotto {

/// Makes a folder for results, and its parents, unless it is there already. Throws io.
void make_folder(const std::filesystem::path& folder);

}  // namespace sotto
