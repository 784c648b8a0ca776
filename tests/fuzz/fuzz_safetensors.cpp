#include "fuzz/fuzz_target.h"
#include "model/checkpoint/safetensors.h"

using namespace sotto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz([&] {
    const TensorTable tensors =
        parse_safetensors(test::bytes_of(data, size), test::kFuzzed, nullptr);
    for (const auto& entry : tensors.all()) test::touch(entry.second);
  });
}
