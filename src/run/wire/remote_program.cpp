#include "run/wire/remote_program.h"

#include "core/base/error.h"
#include "run/wire/elf_header.h"

namespace sotto {
namespace {

constexpr const char* kMachine = "uname -m";
constexpr const char* kIsThere = R"(if [ -e "$1" ]; then echo yes; else echo no; fi)";

std::string word_of(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

/// Whether a kernel of this machine runs programs for that one.
bool runs(const std::string& kernel, const std::string& program) {
  if (program == "arm") return kernel.starts_with("arm") || kernel == "aarch64";
  return kernel == program;
}

}  // namespace

void check_program(Wire& wire, const std::filesystem::path& program) {
  const ElfProgram elf = read_elf(program);
  const std::string kernel = word_of(wire.expect_script(kMachine, {}));
  if (!runs(kernel, elf.machine)) {
    fail(ErrorKind::mismatch, program.string(), ": is a program for ", elf.machine, ", and ",
         wire.name(), " is ", kernel, ": build one for it (docs/devices.md) and name it with ",
         Option{"program"});
  }
  if (elf.interpreter.empty()) return;
  if (word_of(wire.expect_script(kIsThere, {elf.interpreter})) == "yes") return;
  fail(ErrorKind::mismatch, program.string(), ": wants the loader ", elf.interpreter, ", which ",
       wire.name(),
       " has not: it is built for another system (Linux or Android); build one for "
       "this (docs/devices.md) and name it with ",
       Option{"program"});
}

RemoteFile remote_program(const std::filesystem::path& program) {
  return {.local = program, .path = "bin/sotto", .executable = true};
}

int run_sotto_there(Wire& wire, const RemoteFolder& folder, const std::filesystem::path& program,
                    const std::vector<std::string>& arguments, const RelayedOutput& relay) {
  constexpr RemoteLimits kLimits{.time = std::chrono::hours(1), .output = std::uint64_t{64} << 20};
  check_program(wire, program);
  (void)folder.push({remote_program(program)});
  std::vector<std::string> words{folder.at("bin/sotto")};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const RemoteRun run = wire.run(words, kLimits, [&](std::span<const std::byte> piece) {
    relay.output({reinterpret_cast<const char*>(piece.data()), piece.size()});
  });
  if (!run.errors.empty()) relay.errors(run.errors);
  return run.exit_code;
}

}  // namespace sotto
