#include <string_view>

#include "core/bundle/manifest.h"
#include "fuzz/fuzz_target.h"

using namespace sotto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz([&] {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Manifest manifest = parse_manifest(text, test::kFuzzed);
    if (parse_manifest(manifest_text(manifest), test::kFuzzed) != manifest) std::abort();
  });
}
