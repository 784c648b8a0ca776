#include "core/tflite/own_files.h"
#include "fuzz/tflite_fuzz.h"

using namespace sotto;

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  return test::mutate_tflite(data, size, most, seed);
}

// Whatever passes has a bounded number of operators and no tensor of an impossible size.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr TfliteBudget kBudget{100, 1 << 20, 1 << 20};
  return test::fuzz([&] {
    const auto bytes = test::bytes_of(data, size);
    const TfliteModel model = parse_tflite(bytes, test::kFuzzed, nullptr);
    check_own_file(bytes, model, kBudget, test::kFuzzed);
    for (const TfliteTensor& tensor : model.subgraphs.front().tensors) {
      if (!tensor.constant && num_elements(tensor.shape) > (1 << 20)) std::abort();
    }
  });
}
