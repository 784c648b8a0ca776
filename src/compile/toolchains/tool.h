#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/child_process.h"

// What the vendor tools have in common: where their SDK lies, and what becomes of a run.

namespace sotto {

/// Told each line that a tool prints.
using ToolLog = std::function<void(std::string_view line)>;

/// A failure that a tool is known for: words in its output, and what to tell the user.
struct KnownFailure {
  std::string_view words;
  std::string sentence;  ///< what it means and what to do, to go behind "NAME failed: "
};

/// One run of a tool.
struct ToolRun {
  std::string_view tool;  ///< its name, for messages
  std::string subject;    ///< the file that it works on
  Command command;
  std::filesystem::path log;  ///< where its output is kept
  std::span<const KnownFailure> failures;
};

/// Runs it and keeps its output in the log file. Throws unsupported with the known failure's
/// sentence, or else with the line that tells most, naming the subject and the log, when it ends
/// with another exit code than 0.
CommandResult run_tool(const ToolRun& run, const ToolLog& log);

/// A version as a tool tells it, fit for a manifest: printable ASCII, at most 200 characters.
[[nodiscard]] std::string plain_version(std::string_view told);

/// Throws unsupported, as run_tool() does, for a run that ended well but did not do its work.
[[noreturn]] void fail_run(const ToolRun& run, const std::string& what);

}  // namespace sotto
