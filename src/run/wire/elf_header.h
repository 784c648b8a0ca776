#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace sotto {

/// What a program is built for.
struct ElfProgram {
  std::string machine;      ///< as uname -m says it: "aarch64", "x86_64", "arm"; else "machine N"
  std::string interpreter;  ///< the loader that it wants; empty where it wants none
};

/// Reads the header of an ELF program; `source` names it in messages. Throws format for what is
/// none, or says what cannot be.
[[nodiscard]] ElfProgram parse_elf(std::span<const std::byte> bytes, const std::string& source);

/// The same of a file.
[[nodiscard]] ElfProgram read_elf(const std::filesystem::path& path);

}  // namespace sotto
