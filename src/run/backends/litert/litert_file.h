#pragma once

#include <cstddef>
#include <memory>

#include "core/base/mapped_file.h"
#include "run/backends/backend.h"

namespace sotto::litert {

/// Checks a part's TFLite file for LiteRT, which believes what a file says of itself and falls over
/// one that lies: it is well-formed, its ports are those of the part's signature, and, unless the
/// part is trusted to be anything, all of it is what Sotto writes, at no more work than the part's
/// limits allow. `bytes` are the file's. Returns the place of the part's signature in the file, by
/// which LiteRT runs it. Throws what parse_tflite(), check_ports() and check_own_file() throw.
[[nodiscard]] std::size_t check_file(const ModelPart& part, const PartFile& file,
                                     const std::shared_ptr<const MappedFile>& bytes);

}  // namespace sotto::litert
