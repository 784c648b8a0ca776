#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/child_process.h"
#include "core/base/piped_command.h"

// A device on the desk: programs run on it and files pass to and from it, over programs of this
// machine (ssh, adb). What is told to its shell is quoted word by word, so nothing in a name or
// argument is expanded; scripts are constants that get what varies as arguments.

namespace sotto {

struct RemoteLimits {
  std::chrono::milliseconds time{60000};
  std::uint64_t output = 1 << 20;  ///< bytes of standard output
};

/// Told pieces of what a command writes to its standard output, as they come.
using RemoteOutput = std::function<void(std::span<const std::byte> piece)>;

struct RemoteRun {
  int exit_code = 0;
  std::string output;  ///< empty where somebody was told it as it came
  std::string errors;  ///< of its standard error the last 64 KB
};

/// A connection to one device. One thread at a time. Every function throws io, naming the device,
/// when the connection breaks before the device has answered, or the time is over.
class Wire {
 public:
  virtual ~Wire() = default;
  Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// What messages call the device: "board", "adb device 0123456789ABCDEF".
  [[nodiscard]] virtual const std::string& name() const = 0;

  /// A folder for what Sotto puts there where the user names none: a line of the device's shell
  /// that prints it.
  [[nodiscard]] virtual const char* usual_folder() const = 0;

  /// Runs a program there (or one of the shell's own commands) with these arguments, and waits for
  /// its end. Where this process ends before, or the connection breaks, the program is ended too
  /// (SIGTERM); an adbd of before Android 7 knows no way for that. `output` gets what it prints,
  /// else the result does. Throws unsupported for more output than `limits` say.
  [[nodiscard]] RemoteRun run(const std::vector<std::string>& words,
                              const RemoteLimits& limits = {}, const RemoteOutput& output = {});

  /// The same for a script of ours, which finds the arguments as $1, $2, …
  [[nodiscard]] RemoteRun run_script(const char* script, const std::vector<std::string>& arguments,
                                     const RemoteLimits& limits = {});

  /// run_script(), which must end well: its output. Throws io with what the device says.
  [[nodiscard]] std::string expect_script(const char* script,
                                          const std::vector<std::string>& arguments,
                                          const RemoteLimits& limits = {});

  /// Copies a file to a path on the device, whose folder must be there; what was there is replaced.
  /// It may be there in part when this throws.
  virtual void send(const std::filesystem::path& file, const std::string& path) = 0;

  /// Copies a file of at most `most` bytes from there; `file` appears whole or not at all. Throws
  /// not_found when there is none.
  void fetch(const std::string& path, const std::filesystem::path& file, std::uint64_t most);

  /// A program there that is spoken with over its standard input and output; it should end with its
  /// input. Its standard error, and what the wire says, go to `error_file`.
  [[nodiscard]] virtual std::unique_ptr<ChildProcess> open(
      const std::vector<std::string>& words, const std::filesystem::path& error_file) = 0;

 protected:
  /// Runs a line of the device's shell; the pieces are its standard output. Where its input is to
  /// be silence, that ends with this process or the connection. What the wire itself says is the
  /// result's `errors`; its exit code counts for nothing.
  [[nodiscard]] virtual PipedResult run_line(const std::string& line, const PipedStreams& streams,
                                             std::chrono::milliseconds most) = 0;
  /// Whether run_line() hands on an input that stays open.
  [[nodiscard]] virtual bool has_input() const { return true; }
  /// A sentence about a connection that gave no answer, out of what the wire said.
  [[noreturn]] virtual void fail_broken(const std::string& said) const = 0;
  /// Runs words with `streams` as their input and takes their answer apart. Throws as run() does.
  [[nodiscard]] RemoteRun run_framed(const std::vector<std::string>& words,
                                     const PipedStreams& streams, const RemoteLimits& limits);

  /// Enough for a file over the slowest of wires.
  [[nodiscard]] static std::chrono::milliseconds time_for(std::uint64_t bytes);
};

/// The line that runs words in the place of a shell, behind a mark on the standard output, for
/// whoever speaks with them.
[[nodiscard]] std::string spoken_line(const std::vector<std::string>& words,
                                      const std::string& mark);

/// Reads up to the mark, which stands behind what a device's profile may print. Throws io, with
/// `wire`, where there is none in 64 KB.
void skip_to_mark(ChildProcess& child, const std::string& mark, const std::string& wire);

}  // namespace sotto
