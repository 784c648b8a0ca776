#include "fuzz/fuzz_target.h"
#include "fuzz/pickle_mutator.h"
#include "fuzz/zip_repair.h"
#include "model/checkpoint/bundle_reader.h"

using namespace sotto;

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  return test::mutate_torch_archive(data, size, most, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz([&] {
    const auto bytes = test::with_checksums(test::bytes_of(data, size));
    const TensorTable tensors = parse_torchscript_weights(bytes, test::kFuzzed, nullptr);
    for (const auto& entry : tensors.all()) test::touch(entry.second);
  });
}
