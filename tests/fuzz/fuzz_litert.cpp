#include <memory>
#include <vector>

#include "fuzz/tflite_fuzz.h"
#include "run/backends/litert/litert_backend.h"
#include "support/model_part.h"
#include "tflite/own_file.h"

// The official runtime behind our rules: what passes them is loaded and run.

using namespace sotto;

namespace {

const Backend& backend() {
  static const std::unique_ptr<Backend> made = make_litert_backend({});
  return *made;
}

std::vector<Tensor> tensors(const std::vector<Signature::Port>& ports) {
  std::vector<Tensor> made;
  for (const Signature::Port& port : ports) made.emplace_back(port.dtype, port.shape);
  return made;
}

void run(Executable& executable) {
  std::vector<Tensor> given = tensors(executable.signature().inputs);
  std::vector<Tensor> found = tensors(executable.signature().outputs);
  std::vector<const Tensor*> inputs;
  std::vector<Tensor*> outputs;
  for (const Tensor& tensor : given) inputs.push_back(&tensor);
  for (Tensor& tensor : found) outputs.push_back(&tensor);
  executable.run(inputs, outputs);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/) {
  const Availability availability = backend().available();
  if (!availability.available) {
    std::cerr << "skipped: " << availability.reason << '\n';
    std::exit(0);
  }
  test::enter_folder_of_its_own();
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  return test::mutate_tflite(data, size, most, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz([&] {
    test::write_fuzzed(data, size);
    static const ModelPart part = test::part_in(
        "tflite", test::kFuzzed, [](std::int64_t) { return test::graph_of_everything(); });
    run(*backend().load(part));
  });
}
