#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace sotto {

/// Copies a TFLite file so that its graph puts out these tensors too, after its own outputs and in
/// this order: what happens inside a graph can then be looked at in any runtime. The copy has no
/// signature; a runtime calls inputs and outputs by the tensors' names. Throws what read_tflite()
/// throws, mismatch for a name that is no computed tensor of the first graph, and unsupported for a
/// file that offsets cannot reach the end of (2 GB).
void expose_tensors(const std::filesystem::path& from, const std::filesystem::path& to,
                    std::span<const std::string> names);

}  // namespace sotto
