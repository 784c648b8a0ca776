#pragma once

#include "core/signatures/signatures.h"

namespace sotto {

/// What a file that begins as a zip archive holds, by the names in its directory. Unknown where the
/// directory cannot be read, for who reads the archive says why.
[[nodiscard]] Recognised recognise_zip(const FileSample& sample);

}  // namespace sotto
