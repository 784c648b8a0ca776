#include "fuzz/fuzz_target.h"
#include "model/checkpoint/ctranslate2_reader.h"

using namespace sotto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz([&] {
    const Checkpoint checkpoint =
        parse_ctranslate2(test::bytes_of(data, size), test::kFuzzed, nullptr);
    for (const auto& entry : checkpoint.tensors.all()) test::touch(entry.second);
  });
}
