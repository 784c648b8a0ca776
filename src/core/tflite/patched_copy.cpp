#include "core/tflite/patched_copy.h"

#include <algorithm>

#include "core/base/error.h"

namespace sotto {

std::uint64_t place_in(std::span<const std::byte> bytes, const void* address) {
  return static_cast<std::uint64_t>(static_cast<const std::byte*>(address) - bytes.data());
}

void write_patched(std::span<const std::byte> bytes, std::vector<Patch> patches,
                   const std::string& source, ByteSink& sink) {
  std::sort(patches.begin(), patches.end(),
            [](const Patch& a, const Patch& b) { return a.place < b.place; });
  std::uint64_t written = 0;
  for (const Patch& patch : patches) {
    if (patch.place < written ||
        bytes.size() - written < patch.place - written + sizeof(patch.value)) {
      fail(ErrorKind::format, source, ": expected parts that lie apart, found two in one place");
    }
    sink.write(bytes.subspan(written, patch.place - written));
    sink.write(std::as_bytes(std::span(&patch.value, 1)));
    written = patch.place + sizeof(patch.value);
  }
  sink.write(bytes.subspan(written));
}

}  // namespace sotto
