#include "core/archive/npy_reader.h"
#include "fuzz/fuzz_target.h"

using namespace sotto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz(
      [&] { test::touch(parse_npy(test::bytes_of(data, size), test::kFuzzed, nullptr)); });
}
