#include <vector>

#include "core/base/error.h"
#include "core/tflite/exposed_tensors.h"
#include "core/tflite/single_graph.h"
#include "core/tflite/tflite_model.h"
#include "fuzz/tflite_fuzz.h"

using namespace sotto;

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/) {
  test::enter_folder_of_its_own();
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  return test::mutate_tflite(data, size, most, seed);
}

namespace {

// So does the graph of a signature taken out of it.
void take_single_graph() {
  constexpr const char* kSingle = "fuzzed.single";
  try {
    const TfliteModel model = read_tflite(test::kFuzzed);
    if (model.signatures.empty()) return;
    write_single_graph(test::kFuzzed, kSingle, model.signatures.back().key);
  } catch (const Error&) {
    return;
  }
  const TfliteModel single = read_tflite(kSingle);
  if (single.subgraphs.size() != 1 || single.signatures.size() != 1) std::abort();
}

}  // namespace

// A file that is taken gives another that can be read and says what was asked for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr const char* kExposed = "fuzzed.exposed";
  return test::fuzz([&] {
    test::write_fuzzed(data, size);
    std::vector<std::string> names;
    std::size_t outputs = 0;
    {
      const TfliteModel model = read_tflite(test::kFuzzed);
      const TfliteSubgraph& graph = model.subgraphs.front();
      outputs = graph.outputs.size();
      for (const TfliteOperator& op : graph.operators) {
        if (op.outputs.empty() || names.size() == 3) continue;
        names.push_back(graph.tensors[static_cast<std::size_t>(op.outputs[0])].name);
      }
    }
    take_single_graph();
    expose_tensors(test::kFuzzed, kExposed, names);
    const TfliteModel exposed = read_tflite(kExposed);
    if (exposed.subgraphs.front().outputs.size() != outputs + names.size()) std::abort();
    if (!exposed.signatures.empty()) std::abort();
  });
}
