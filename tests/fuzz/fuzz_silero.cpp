#include "fuzz/fuzz_target.h"
#include "fuzz/zip_repair.h"
#include "run/vad/silero_weights.h"

using namespace sotto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz([&] {
    const auto bytes = test::with_checksums(test::bytes_of(data, size));
    static_cast<void>(parse_silero(bytes, test::kFuzzed, nullptr));
  });
}
