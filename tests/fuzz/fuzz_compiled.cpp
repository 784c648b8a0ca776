#include <vector>

#include "core/neuron/compiled_file.h"
#include "fuzz/fuzz_target.h"

// What LiteRT's plugin for MediaTek writes around a network, down to the network's own bytes, which
// are for the device's library.

using namespace sotto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz([&] {
    const auto found = neuron::parse_compiled(test::bytes_of(data, size), test::kFuzzed, nullptr);
    // Read whole, so that the sanitizers see where it reaches.
    const std::vector<std::byte> copy(found.network.begin(), found.network.end());
  });
}
