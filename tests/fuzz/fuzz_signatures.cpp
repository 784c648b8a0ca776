#include <cstdlib>

#include "core/signatures/other_files.h"
#include "fuzz/fuzz_target.h"

using namespace sotto;

/// Whole, and as the beginning of something longer: what is named is named in words, and is refused
/// in a sentence wherever nobody takes it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = test::bytes_of(data, size);
  for (const std::uint64_t length : {std::uint64_t{size}, std::uint64_t{size} + 1'000'000}) {
    const FileSample sample{bytes, length, test::kFuzzed};
    const Recognised found = recognise(sample);
    if (found.what.empty() != (found.kind == FileKind::unknown)) std::abort();
    for (const Wanted wanted :
         {Wanted::checkpoint, Wanted::bundle, Wanted::recording, Wanted::wav_recording}) {
      test::fuzz([&] { refuse_other_files(sample, wanted); });
    }
  }
  return 0;
}
