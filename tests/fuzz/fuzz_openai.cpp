#include "fuzz/fuzz_target.h"
#include "fuzz/zip_repair.h"
#include "model/checkpoint/openai_reader.h"

using namespace sotto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz([&] {
    const auto bytes = test::with_checksums(test::bytes_of(data, size));
    const Checkpoint checkpoint = parse_openai(bytes, test::kFuzzed, nullptr);
    for (const auto& entry : checkpoint.tensors.all()) test::touch(entry.second);
  });
}
