#include <algorithm>

#include "fuzz/fuzz_target.h"
#include "run/deployment/device_transcript.h"

// What a device says that it has written down.

using namespace sotto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz([&] {
    const std::string text(reinterpret_cast<const char*>(data), size);
    for (const DeviceTranscript& one : parse_device_output(text, test::kFuzzed).transcripts) {
      if (std::any_of(one.tokens.begin(), one.tokens.end(), [](TokenId id) { return id < 0; })) {
        std::abort();
      }
    }
  });
}
