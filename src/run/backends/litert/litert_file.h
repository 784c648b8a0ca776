#pragma once

#include <memory>

#include "core/base/mapped_file.h"
#include "run/backends/backend.h"

namespace sotto::litert {

/// A part's TFLite file, checked for LiteRT, which believes what a file says of itself and falls
/// over one that lies: it is well-formed, its ports are those of the part's
/// signature, and, unless the part is trusted to be anything, all of it is what Sotto writes, at no
/// more work than the part's limits allow. Returns the bytes that were looked at. Throws what
/// read_tflite(), check_ports() and check_own_file() throw.
[[nodiscard]] std::shared_ptr<const MappedFile> checked_file(const ModelPart& part,
                                                             const PartFile& file);

}  // namespace sotto::litert
