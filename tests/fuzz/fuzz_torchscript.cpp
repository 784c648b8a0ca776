#include <cstdlib>

#include "core/torchscript/foreign_torchscript.h"
#include "fuzz/fuzz_target.h"
#include "torchscript/archive_entries.h"

using namespace sotto;

// What the check takes is to the byte what the emitter would write around the values in it.
// libtorch is not in this build; tests/backends/test_torchscript_mutations.cpp goes on into it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz([&] {
    const auto bytes = test::bytes_of(data, size);
    static const Graph graph = test::small_part();
    static const std::string own = test::torchscript_of(graph);
    if (foreign_torchscript(graph, bytes, test::kFuzzed)) return;
    test::ArchiveEntries entries = test::entries_of(bytes);
    for (auto& [name, content] : test::entries_of(std::as_bytes(std::span(own)))) {
      if (name.find("/data/") != std::string::npos) test::entry(entries, name) = content;
    }
    if (size != own.size() || test::archive_of(entries) != own) std::abort();
  });
}
