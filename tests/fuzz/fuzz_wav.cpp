#include "fuzz/folder_of_its_own.h"
#include "fuzz/fuzz_target.h"
#include "run/mel/pcm_stream.h"

using namespace sotto;

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/) {
  test::enter_folder_of_its_own();
  return 0;
}

namespace {

/// Samples of a file whose header promises no more than this come out to the last one; each takes
/// the multiplications of a whole filter, which is long where the rate is high.
constexpr std::size_t kMostSamples = 4000;

void read_all(std::shared_ptr<const InputFile> file, const PcmData& data) {
  PcmStream stream(std::move(file), data);
  std::vector<std::int16_t> block;
  std::size_t samples = 0;
  while (samples < kMostSamples && stream.next(block)) {
    if (block.empty()) std::abort();
    samples += block.size();
  }
  if (!(stream.claimed_seconds() >= 0)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz([&] {
    test::write_fuzzed(data, size);
    const auto file = InputFile::open(test::kFuzzed);
    const PcmData found = find_wav_data(*file);
    if (found.begin > file->size() || found.size > file->size() - found.begin) std::abort();
    if (found.size % found.format.frame_bytes() != 0) std::abort();
    read_all(file, found);
  });
}
