#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "run/wire/remote_files.h"
#include "run/wire/wire.h"

namespace sotto {

/// Throws mismatch, with what to build, where a program is for another processor than the device's,
/// or wants a loader that is not there (a program for Debian on Android, say). Sends nothing.
void check_program(Wire& wire, const std::filesystem::path& program);

/// The program as a file of the device's folder, bin/sotto.
[[nodiscard]] RemoteFile remote_program(const std::filesystem::path& program);

/// What becomes of a run of Sotto on a device; each piece as it comes.
struct RelayedOutput {
  std::function<void(std::string_view text)> output, errors;
};

/// Puts the program on the device, unless it is there already, and runs it with these arguments, in
/// which a path is one of the device's. Gives its exit code. Throws what the wire and
/// check_program() throw.
int run_sotto_there(Wire& wire, const RemoteFolder& folder, const std::filesystem::path& program,
                    const std::vector<std::string>& arguments, const RelayedOutput& relay);

}  // namespace sotto
