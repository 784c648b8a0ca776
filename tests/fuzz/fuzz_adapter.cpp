#include <algorithm>
#include <string>
#include <string_view>

#include "checkpoint/checkpoint_bytes.h"
#include "fuzz/adapter_input.h"
#include "fuzz/fuzz_target.h"
#include "model/checkpoint/adapter.h"
#include "model/checkpoint/openai_reader.h"
#include "model/checkpoint/safetensors.h"

using namespace sotto;

namespace {

const Checkpoint& base() {
  static const std::string bytes = test::torch_file(test::small_model()).openai();
  static const Checkpoint checkpoint = [] {
    Checkpoint result = parse_openai(std::as_bytes(std::span(bytes)), "base.pt", nullptr);
    result.path = result.weights = "base.pt";
    return result;
  }();
  return checkpoint;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find(test::kNextAdapterFile), size);
  const std::string_view config = input.substr(0, end);
  const std::string_view weights =
      input.substr(std::min(size, end + test::kNextAdapterFile.size()));
  return test::fuzz([&] {
    Adapter adapter;
    adapter.files = {test::kFuzzed, test::kFuzzed};
    adapter.config = parse_adapter_config(std::as_bytes(std::span(config)), test::kFuzzed);
    adapter.tensors = parse_safetensors(std::as_bytes(std::span(weights)), test::kFuzzed, nullptr);
    const Checkpoint merged = merge_adapter(base(), adapter);
    for (const auto& entry : merged.tensors.all()) test::touch(entry.second);
  });
}
