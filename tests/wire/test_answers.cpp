#include <cstring>
#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/child_process.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "run/wire/changed_parts.h"
#include "run/wire/elf_header.h"
#include "run/wire/framed_output.h"
#include "run/wire/shell_words.h"
#include "wire/expect_refusal.h"
#include "wire/odd_words.h"

namespace sotto::test {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

struct Taken {
  std::string output;
  std::optional<FramedEnd> end;
};

/// The answer in pieces of so many bytes.
Taken take(const std::string& answer, std::size_t piece) {
  Taken taken;
  FramedOutput framed({"<begin>", "<end>"}, [&](std::span<const std::byte> bytes) {
    taken.output.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  });
  for (std::size_t at = 0; at < answer.size(); at += piece) {
    framed.add(bytes_of(answer).subspan(at, std::min(piece, answer.size() - at)));
  }
  taken.end = framed.end();
  return taken;
}

TEST(FramedAnswers, AreTakenApartHoweverTheyCome) {
  const std::string output = std::string("a\0b<en<end", 10) + "\n\n";
  const std::string answer = "Welcome to the board\n<begin>" + output + "<end>137\nwords\nand more";
  for (std::size_t piece = 1; piece <= answer.size(); ++piece) {
    const Taken taken = take(answer, piece);
    EXPECT_EQ(taken.output, output) << piece;
    ASSERT_TRUE(taken.end) << piece;
    EXPECT_EQ(taken.end->exit_code, 137);
    EXPECT_EQ(taken.end->errors, "words\nand more");
  }
}

TEST(FramedAnswers, AreNotWholeBeforeTheExitCode) {
  const std::string answer = "<begin>output<end>0\n";
  EXPECT_TRUE(take(answer, 3).end);
  for (std::size_t size = 0; size < answer.size(); ++size) {
    EXPECT_FALSE(take(answer.substr(0, size), 4).end) << size;
  }
  EXPECT_FALSE(take("<begin>output<end>x\n", 4).end);
  EXPECT_FALSE(take("<begin>output<end>\n", 4).end);
  EXPECT_FALSE(take("<begin>output<end>99999999999\n", 4).end);
}

TEST(FramedAnswers, EndInASentenceWhereNoShellAnswers) {
  expect_refusal(ErrorKind::unsupported, "expected the answer of a POSIX shell",
                 [] { (void)take(std::string(100000, 'x'), 1000); });
}

TEST(ShellLines, AreReadBackAsTheirWords) {
  for (const std::string& word : odd_words()) {
    const std::string line = shell_line(std::vector<std::string>{"printf", "[%s]", word, ""});
    EXPECT_EQ(run_command({"sh", {"-c", line}, {}, {}}).output, "[" + word + "][]");
  }
  expect_refusal(ErrorKind::usage, "zero byte",
                 [] { (void)shell_line(std::vector<std::string>{std::string("a\0b", 3)}); });
}

TEST(ChangedParts, AreBlocksThatDiffer) {
  std::vector<std::byte> before(20000), now(20000);
  EXPECT_TRUE(changed_parts(before, now).empty());
  now[0] = std::byte{1};
  now[4096] = std::byte{1};
  now[19999] = std::byte{1};
  const std::vector<ChangedPart> expected{{0, 8192}, {16384, 3616}};
  EXPECT_EQ(changed_parts(before, now), expected);
  EXPECT_TRUE(changed_parts({}, {}).empty());
}

TEST(ElfHeaders, TellTheProcessorAndTheLoader) {
  const ElfProgram own = read_elf(SOTTO_PROGRAM);
  EXPECT_EQ(own.machine + "\n", run_command({"uname", {"-m"}, {}, {}}).output);
  EXPECT_THAT(own.interpreter, testing::HasSubstr("/ld-"));
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_machine = EM_AARCH64;
  const ElfProgram arm = parse_elf(std::as_bytes(std::span(&header, 1)), "program");
  EXPECT_EQ(arm.machine, "aarch64");
  EXPECT_EQ(arm.interpreter, "");
  header.e_machine = EM_RISCV;
  EXPECT_EQ(parse_elf(std::as_bytes(std::span(&header, 1)), "program").machine, "machine 243");
}

TEST(ElfHeaders, OfHostileFilesAreRefused) {
  const auto file = MappedFile::open(SOTTO_PROGRAM);
  constexpr std::size_t kSome = 2000;
  for (std::size_t size = 0; size < kSome; ++size) {
    try {
      (void)parse_elf(file->bytes().first(size), "program");
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::format);
    }
  }
  std::vector<std::byte> changed(file->bytes().begin(), file->bytes().begin() + kSome);
  for (std::size_t at = 16; at < 400; ++at) {
    const std::byte before = std::exchange(changed[at], std::byte{0xff});
    try {
      (void)parse_elf(changed, "program");
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::format);
    }
    changed[at] = before;
  }
  expect_refusal(ErrorKind::format, "found another kind of file",
                 [] { (void)parse_elf(bytes_of("#!/bin/sh\nexit 0\n"), "script"); });
}

}  // namespace
}  // namespace sotto::test
