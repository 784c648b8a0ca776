#pragma once

#include <memory>

#include "run/backends/backend.h"

namespace sotto {

/// Runs graphs on this machine's CPU, on as many threads and in the precision that the options say.
/// $SOTTO_MAX_ISA, where it is set, names the best instruction set that may be used.
///
/// A graph with a variable axis must be causal along it (row i of the outputs follows from rows up
/// to i of the inputs): a shorter run is padded with zeros (−1 among integers) to the next of the
/// part's frequent lengths or, above them, the next multiple of 64, and what comes of the padding
/// is cut off. The first run of each such length prepares it, which takes a moment; all of them
/// share the packed weights.
[[nodiscard]] std::unique_ptr<Backend> make_cpu_backend(const BackendOptions& options);

}  // namespace sotto
