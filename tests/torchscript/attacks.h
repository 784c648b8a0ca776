#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "torchscript/archive_entries.h"

namespace sotto::test {

/// A TorchScript archive that is not what Sotto writes for small_part().
struct Attack {
  std::string name;   ///< of the test
  std::string bytes;  ///< of the file
  std::string found;  ///< what the refusal says was found; a part of it
};

/// Code that makes `target`, or writes into it, where it runs: in forward(), and while it loads.
/// Each of these loads in libtorch, runs, and does so.
[[nodiscard]] std::vector<Attack> writing_attacks(const std::filesystem::path& target);

/// Everything else that is not to the byte what the emitter writes.
[[nodiscard]] std::vector<Attack> other_attacks();

}  // namespace sotto::test
