#include "run/decoding/compression_ratio.h"

#include <vector>
#include <zlib.h>

#include "core/base/error.h"

namespace sotto {

double compression_ratio(std::string_view text) {
  const auto* bytes = reinterpret_cast<const Bytef*>(text.data());
  uLongf compressed_size = compressBound(static_cast<uLong>(text.size()));
  std::vector<Bytef> compressed(compressed_size);
  const int status =
      compress(compressed.data(), &compressed_size, bytes, static_cast<uLong>(text.size()));
  if (status != Z_OK) fail(ErrorKind::internal, "zlib could not compress a text: status ", status);
  return static_cast<double>(text.size()) / static_cast<double>(compressed_size);
}

}  // namespace sotto
