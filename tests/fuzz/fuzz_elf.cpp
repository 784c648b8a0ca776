#include "fuzz/fuzz_target.h"
#include "run/wire/elf_header.h"

using namespace sotto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz([&] {
    const ElfProgram program = parse_elf(test::bytes_of(data, size), test::kFuzzed);
    if (program.machine.empty() || program.interpreter.find('\0') != std::string::npos) {
      std::abort();
    }
  });
}
