#include <cstring>
#include <vector>

#include "compile/targets/check.h"
#include "core/tflite/tflite_model.h"
#include "fuzz/fuzz_target.h"

using namespace sotto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz([&] {
    const TfliteModel model = parse_tflite(test::bytes_of(data, size), test::kFuzzed, nullptr);
    for (const TfliteSubgraph& graph : model.subgraphs) {
      for (const TfliteTensor& tensor : graph.tensors) {
        if (!tensor.constant) continue;
        // Read whole, so that the sanitizers see where it reaches.
        const std::vector<std::byte> copy(tensor.constant->begin(), tensor.constant->end());
      }
    }
    for (const char* target : {"mt8371", "mt8390", "mt6989"}) {
      static_cast<void>(check_model(model, find_target(target)));
    }
  });
}
