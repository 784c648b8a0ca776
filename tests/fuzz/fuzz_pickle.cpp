#include "checkpoint/checkpoint_bytes.h"
#include "fuzz/fuzz_target.h"
#include "fuzz/pickle_mutator.h"
#include "model/checkpoint/bundle_reader.h"
#include "model/checkpoint/openai_reader.h"

using namespace sotto;

namespace {

// The archive of a sound model; every input takes the place of its pickle. Laid out by what writes
// Sotto's own archives, which is much the quickest.
std::string archive_with(std::string pickle) {
  static test::ArchiveEntries entries = [] {
    const std::string archive = test::torch_file(test::small_model()).openai();
    return test::entries_of(std::as_bytes(std::span(archive)));
  }();
  static std::string& place = test::entry(entries, "/data.pkl");
  place = std::move(pickle);
  return test::archive_of(entries);
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  return test::mutate_pickle(data, size, most, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string file = archive_with({reinterpret_cast<const char*>(data), size});
  const auto bytes = std::as_bytes(std::span(file.data(), file.size()));
  test::fuzz([&] {
    const Checkpoint checkpoint = parse_openai(bytes, test::kFuzzed, nullptr);
    for (const auto& entry : checkpoint.tensors.all()) test::touch(entry.second);
  });
  return test::fuzz([&] {
    const TensorTable tensors = parse_torchscript_weights(bytes, test::kFuzzed, nullptr);
    for (const auto& entry : tensors.all()) test::touch(entry.second);
  });
}
