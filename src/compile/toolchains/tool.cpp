#include "compile/toolchains/tool.h"

#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestLine = 300;
constexpr std::size_t kLongestVersion = 200;
constexpr int kSignalled = 128, kLastSignal = 64;

// Before the work, so that what it says has a place.
void make_log_folder(const ToolRun& run) {
  std::error_code error;
  fs::create_directories(run.log.parent_path(), error);
  if (error) {
    fail(ErrorKind::io, run.log.parent_path().string(), ": cannot be made: ", error.message());
  }
}

void keep_log(const ToolRun& run, const CommandResult& result) {
  AtomicFile file(run.log);
  file.write_text(concat("$ ", to_string(run.command), "\n", result.output));
  file.commit();
}

/// The last line that speaks of an error, else the last that says anything.
std::string telling_line(const std::string& output) {
  std::string last, error;
  std::size_t first = 0;
  while (first < output.size()) {
    const std::size_t end = std::min(output.find('\n', first), output.size());
    const std::string line = output.substr(first, std::min(end - first, kLongestLine));
    if (line.find_first_not_of(" \t\r") != std::string::npos) last = line;
    if (line.find("rror") != std::string::npos || line.find("ERROR") != std::string::npos) {
      error = line;
    }
    first = end + 1;
  }
  return error.empty() ? last : error;
}

std::string ending(const CommandResult& result) {
  // What is above is an exit code of the tool's own, as exit(-1) gives.
  if (result.exit_code > kSignalled && result.exit_code <= kSignalled + kLastSignal) {
    return concat("it was ended by signal ", result.exit_code - kSignalled);
  }
  const std::string line = telling_line(result.output);
  return concat("it ended with exit code ", result.exit_code,
                line.empty() ? std::string(" and said nothing") : concat(": ", line));
}

}  // namespace

void fail_run(const ToolRun& run, const std::string& what) {
  fail(ErrorKind::unsupported, run.subject, ": ", run.tool, " failed: ", what,
       " (its output is in ", run.log.string(), ")");
}

std::string plain_version(std::string_view told) {
  std::string version;
  for (const char c : told.substr(0, kLongestVersion)) {
    if (c >= ' ' && c <= '~') version += c;
  }
  return version;
}

CommandResult run_tool(const ToolRun& run, const ToolLog& log) {
  make_log_folder(run);
  CommandResult result = run_command(run.command, log);
  keep_log(run, result);
  if (result.exit_code == 0) return result;
  for (const KnownFailure& known : run.failures) {
    if (result.output.find(known.words) != std::string::npos) {
      fail_run(run, known.sentence);
    }
  }
  fail_run(run, ending(result));
}

}  // namespace sotto
