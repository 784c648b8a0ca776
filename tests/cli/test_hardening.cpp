#include <algorithm>
#include <cstring>
#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/mapped_file.h"

// What the compiler and the linker were asked for must be in the program that people run.

namespace sotto::test {
namespace {

/// The parts of an ELF file of this machine's word size that tell how it was linked.
class ElfFile {
 public:
  explicit ElfFile(const char* path) : file_(MappedFile::open(path)), header_(at<Elf64_Ehdr>(0)) {}

  [[nodiscard]] Elf64_Half type() const { return header_.e_type; }

  /// The first program header of this type; null where there is none.
  [[nodiscard]] const Elf64_Phdr* segment(Elf64_Word type) const {
    for (Elf64_Half i = 0; i < header_.e_phnum; ++i) {
      const auto& segment = at<Elf64_Phdr>(header_.e_phoff + i * sizeof(Elf64_Phdr));
      if (segment.p_type == type) return &segment;
    }
    return nullptr;
  }

  /// The values of a dynamic tag.
  [[nodiscard]] std::vector<Elf64_Xword> dynamic(Elf64_Sxword tag) const {
    std::vector<Elf64_Xword> values;
    const Elf64_Phdr* segment = this->segment(PT_DYNAMIC);
    for (std::size_t i = 0; i < segment->p_filesz / sizeof(Elf64_Dyn); ++i) {
      const auto& entry = at<Elf64_Dyn>(segment->p_offset + i * sizeof(Elf64_Dyn));
      if (entry.d_tag == tag) values.push_back(entry.d_un.d_val);
    }
    return values;
  }

  /// Whether a name stands among its strings, as an imported function's does.
  [[nodiscard]] bool mentions(std::string_view name) const {
    const auto bytes = file_->bytes();
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return text.find('\0' + std::string(name) + '\0') != std::string_view::npos;
  }

 private:
  template <class T>
  [[nodiscard]] const T& at(std::size_t position) const {
    return *reinterpret_cast<const T*>(file_->bytes().subspan(position, sizeof(T)).data());
  }

  std::shared_ptr<const MappedFile> file_;
  const Elf64_Ehdr& header_;
};

TEST(Hardening, TheProgramIsPositionIndependent) {
  const ElfFile program(SOTTO_PROGRAM);
  EXPECT_EQ(program.type(), ET_DYN);
  ASSERT_NE(program.segment(PT_INTERP), nullptr) << "a library, not a program";
  EXPECT_THAT(
      program.dynamic(DT_FLAGS_1),
      testing::ElementsAre(testing::Truly([](auto flags) { return (flags & DF_1_PIE) != 0; })));
}

TEST(Hardening, TheProgramsTablesAreReadOnlyOnceItRuns) {
  const ElfFile program(SOTTO_PROGRAM);
  EXPECT_NE(program.segment(PT_GNU_RELRO), nullptr);
  const auto flags = program.dynamic(DT_FLAGS_1);
  ASSERT_EQ(flags.size(), 1U);
  EXPECT_NE(flags.front() & DF_1_NOW, 0U) << "functions are looked up while it runs";
}

TEST(Hardening, NoStackIsExecutable) {
  const ElfFile program(SOTTO_PROGRAM);
  const Elf64_Phdr* stack = program.segment(PT_GNU_STACK);
  ASSERT_NE(stack, nullptr);
  EXPECT_EQ(stack->p_flags & PF_X, 0U);
}

TEST(Hardening, TheProgramChecksItsStackAndItsBuffers) {
  if (SOTTO_HARDENED == 0) {
    GTEST_SKIP() << "only builds that optimize, and without sanitizers, have these checks";
  }
  const ElfFile program(SOTTO_PROGRAM);
  EXPECT_TRUE(program.mentions("__stack_chk_fail"));
  const std::vector<std::string_view> checked{"__memcpy_chk",  "__read_chk",   "__pread_chk",
                                              "__fprintf_chk", "__memset_chk", "__pread64_chk"};
  EXPECT_TRUE(std::any_of(checked.begin(), checked.end(), [&](std::string_view name) {
    return program.mentions(name);
  })) << "no function of FORTIFY_SOURCE is called";
}

}  // namespace
}  // namespace sotto::test
