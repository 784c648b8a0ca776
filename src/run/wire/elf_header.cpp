#include "run/wire/elf_header.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <elf.h>

#include "core/base/error.h"
#include "core/base/mapped_file.h"

namespace sotto {
namespace {

static_assert(std::endian::native == std::endian::little);

class ElfReader {
 public:
  ElfReader(std::span<const std::byte> bytes, const std::string& source)
      : bytes_(bytes), source_(source) {}

  [[nodiscard]] ElfProgram read() const {
    if (bytes_.size() < EI_NIDENT || std::memcmp(bytes_.data(), ELFMAG, SELFMAG) != 0) {
      refuse("another kind of file");
    }
    if (byte_at(EI_DATA) != ELFDATA2LSB) refuse("a big-endian one");
    return byte_at(EI_CLASS) == ELFCLASS64 ? read_as<Elf64_Ehdr, Elf64_Phdr>()
                                           : read_as<Elf32_Ehdr, Elf32_Phdr>();
  }

 private:
  [[noreturn]] void refuse(const char* found) const {
    fail(ErrorKind::format, source_, ": expected a program for Linux (ELF), found ", found);
  }
  [[nodiscard]] unsigned char byte_at(std::size_t at) const {
    return std::to_integer<unsigned char>(bytes_[at]);
  }

  template <class Header>
  [[nodiscard]] Header header_at(std::uint64_t at) const {
    Header header;
    if (at > bytes_.size() || bytes_.size() - at < sizeof header) refuse("one that is cut short");
    std::memcpy(&header, bytes_.data() + at, sizeof header);
    return header;
  }

  template <class Header, class Segment>
  [[nodiscard]] ElfProgram read_as() const {
    const auto header = header_at<Header>(0);
    ElfProgram program{machine_name(header.e_machine), ""};
    for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
      if (header.e_phoff > bytes_.size()) refuse("one that is cut short");
      const auto segment = header_at<Segment>(header.e_phoff + i * header.e_phentsize);
      if (segment.p_type == PT_INTERP)
        program.interpreter = text(segment.p_offset, segment.p_filesz);
    }
    return program;
  }

  [[nodiscard]] std::string text(std::uint64_t at, std::uint64_t size) const {
    constexpr std::uint64_t kLongest = 4096;
    if (at > bytes_.size() || size > bytes_.size() - at || size > kLongest) {
      refuse("one that is cut short");
    }
    const std::string all(reinterpret_cast<const char*>(bytes_.data()) + at,
                          static_cast<std::size_t>(size));
    return all.substr(0, all.find('\0'));
  }

  [[nodiscard]] static std::string machine_name(std::uint16_t machine) {
    switch (machine) {
      case EM_AARCH64:
        return "aarch64";
      case EM_X86_64:
        return "x86_64";
      case EM_ARM:
        return "arm";
      default:
        return concat("machine ", machine);
    }
  }

  std::span<const std::byte> bytes_;
  const std::string& source_;
};

}  // namespace

ElfProgram parse_elf(std::span<const std::byte> bytes, const std::string& source) {
  return ElfReader(bytes, source).read();
}

ElfProgram read_elf(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  return parse_elf(file->bytes(), path.string());
}

}  // namespace sotto
