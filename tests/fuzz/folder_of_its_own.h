#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "fuzz/fuzz_target.h"

namespace sotto::test {

/// Makes a folder of this run's own the current one, for targets that take files by name. It lies
/// in memory where it can: a file is written thousands of times a second.
inline void enter_folder_of_its_own() {
  std::error_code error;
  const std::filesystem::path memory = "/dev/shm";
  const bool is_there = std::filesystem::is_directory(memory, error);
  const auto top = is_there ? memory : std::filesystem::temp_directory_path();
  std::string folder = (top / "sotto-fuzz-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) std::abort();
  static const std::string kFolder = folder;
  if (std::atexit([] { std::filesystem::remove_all(kFolder); }) != 0) std::abort();
  std::filesystem::current_path(folder);
}

inline void write_file_here(const std::string& name, std::string_view bytes) {
  std::ofstream(name, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// The input as the file that messages speak of.
inline void write_fuzzed(const std::uint8_t* data, std::size_t size) {
  write_file_here(kFuzzed, {reinterpret_cast<const char*>(data), size});
}

}  // namespace sotto::test
