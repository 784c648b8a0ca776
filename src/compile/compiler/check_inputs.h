#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compile/targets/legality.h"
#include "core/tflite/tflite_model.h"

namespace sotto {

/// A TFLite file of those that are looked at.
struct CheckInput {
  std::string name;  ///< of the file, without ".tflite"
  /// Reads it, or for a checkpoint lowers and writes it out of sight: files may be of gigabytes, so
  /// one is looked at after another.
  std::function<TfliteModel()> read;
  std::optional<ToolchainName>
      toolchain;  ///< the only one that it was written for; absent where any may take it
};

/// What there is to check at `path`: a TFLite file, all of those in a bundle that are not compiled
/// yet, or all that an export of a checkpoint would write. Throws what Bundle::open() and
/// read_checkpoint() throw, and not_found for a bundle without any, with what writes them.
[[nodiscard]] std::vector<CheckInput> check_inputs(const std::filesystem::path& path);

}  // namespace sotto
