#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "core/base/command.h"

namespace sotto {

/// What a command reads while it runs.
enum class PipedInput {
  nothing,  ///< its input ends at once
  file,     ///< PipedStreams::file
  silence,  ///< nothing comes, and the input ends only with the command, or with this process
};

struct PipedStreams {
  PipedInput input = PipedInput::nothing;
  std::filesystem::path file{};
  /// Told what comes on the standard output, in pieces as they come. What it throws passes, once
  /// the command has been ended.
  std::function<void(std::span<const std::byte> piece)> output{};
};

struct PipedResult {
  int exit_code = 0;       ///< 128 + the signal's number when a signal ended it
  bool timed_out = false;  ///< it was ended, for it took longer than it might
  std::string errors;      ///< its standard error, the last 64 KB
};

/// Runs a command whose output is data, with its standard error apart, for at most so long; what it
/// leaves running is ended too (ProcessGroup). Throws not_found when the program is not there, io
/// when it cannot be started or `file` cannot be read; an exit code is the caller's to read.
[[nodiscard]] PipedResult run_piped(const Command& command, const PipedStreams& streams,
                                    std::chrono::milliseconds most);

}  // namespace sotto
