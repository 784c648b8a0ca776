#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/command.h"
#include "core/base/regular_file.h"

namespace sotto {

class ProcessGroup;

struct CommandResult {
  int exit_code = 0;   ///< 128 + the signal's number when a signal ended it
  std::string output;  ///< standard output and error, in the order they came; the last 1 MB
};

/// Runs it to its end; what it leaves running then is ended too (ProcessGroup). Whole lines of
/// output go to `log` (when given) as they come. Throws not_found when the program is not there, io
/// when it cannot be started; an exit code is the caller's to read.
[[nodiscard]] CommandResult run_command(const Command& command,
                                        const std::function<void(std::string_view line)>& log = {});

/// A program that is spoken with over its standard input and output; its standard error goes to a
/// file. Ended and waited for when this goes, with all that it started.
class ChildProcess {
 public:
  /// Throws what run_command() throws.
  ChildProcess(const Command& command, const std::filesystem::path& error_file);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// All of it. Throws io when the child has gone.
  void write(std::span<const std::byte> bytes);
  /// Exactly so many bytes. Throws io when the child ends before.
  void read(std::span<std::byte> bytes);

 private:
  void wait_until_ready(int descriptor, short events);

  std::optional<FileDescriptor> to_, from_;
  std::unique_ptr<ProcessGroup> group_;
};

}  // namespace sotto
