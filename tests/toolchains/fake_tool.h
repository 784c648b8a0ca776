#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace sotto::test {

/// A vendor's program that a test plays: a shell script that first writes its arguments, one a
/// line, to arguments.txt beside itself, and the library path to library_path.txt.
inline std::filesystem::path write_fake_tool(const std::filesystem::path& path,
                                             const std::string& script) {
  std::filesystem::create_directories(path.parent_path());
  {
    std::ofstream file(path);
    file << "#!/bin/sh\nhere=$(dirname \"$0\")\nprintf '%s\\n' \"$@\" >\"$here/arguments.txt\"\n"
         << "printf '%s' \"$LD_LIBRARY_PATH\" >\"$here/library_path.txt\"\n"
         << script << "\n";
  }
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

}  // namespace sotto::test
