#include <cmath>

#include "fuzz/folder_of_its_own.h"
#include "fuzz/fuzz_target.h"
#include "media/decode_audio.h"

using namespace sotto;

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/) {
  test::enter_folder_of_its_own();
  return 0;
}

// FFmpeg itself is Debian's and not instrumented: its heap is watched, its branches are not
// counted.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr double kMostSeconds = 2;
  return test::fuzz([&] {
    test::write_fuzzed(data, size);
    const std::vector<float> samples = test::decode_audio(test::kFuzzed, kMostSeconds);
    if (samples.empty()) std::abort();
    for (const float sample : samples) {
      if (!(sample >= -1 && sample < 1)) std::abort();
    }
  });
}
