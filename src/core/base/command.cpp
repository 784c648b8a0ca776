#include "core/base/command.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <unistd.h>

#include "core/base/error.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

// Where programs, libraries, homes and temporary files lie, and how a user reads.
constexpr auto kHandedOn = std::to_array<std::string_view>(
    {"PATH", "LD_LIBRARY_PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR",
     "TMP", "TEMP", "VIRTUAL_ENV", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
     "XDG_RUNTIME_DIR", "CUDA_VISIBLE_DEVICES"});
// The vendor's own, the number of threads, and where licences come from.
constexpr auto kPrefixes =
    std::to_array<std::string_view>({"LC_", "MTK_", "NEURON_", "NEUROPILOT_", "SOTTO_", "LITERT_",
                                     "CONDA_", "OMP_", "KMP_", "MKL_", "OPENBLAS_"});
constexpr std::string_view kLicenceSuffix = "_LICENSE_FILE";

bool names(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::string_view one = list.substr(0, list.find(','));
    if (one == name) return true;
    list.remove_prefix(std::min(list.size(), one.size() + 1));
  }
  return false;
}

bool is_handed_on(std::string_view name) {
  const auto begins = [name](std::string_view prefix) { return name.starts_with(prefix); };
  const char* more = std::getenv("SOTTO_TOOL_ENVIRONMENT");
  return std::find(kHandedOn.begin(), kHandedOn.end(), name) != kHandedOn.end() ||
         std::any_of(kPrefixes.begin(), kPrefixes.end(), begins) ||
         name.ends_with(kLicenceSuffix) || (more != nullptr && names(more, name));
}

std::string quoted(const std::string& word) {
  const auto is_plain = [](char c) {
    return std::strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%",
                       c) != nullptr &&
           c != '\0';
  };
  bool plain = !word.empty();
  for (const char c : word) plain = plain && is_plain(c);
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text + "'";
}

bool is_program(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::string to_string(const Command& command) {
  std::string text;
  if (!command.directory.empty()) text += concat("cd ", quoted(command.directory.string()), " && ");
  for (const auto& [name, value] : command.environment) {
    text += concat(name, '=', quoted(value), ' ');
  }
  text += quoted(command.program.string());
  for (const std::string& argument : command.arguments) text += concat(' ', quoted(argument));
  return text;
}

std::optional<fs::path> find_program(const fs::path& name) {
  if (name.string().find('/') != std::string::npos) {
    return is_program(name) ? std::optional(fs::absolute(name)) : std::nullopt;
  }
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty() && !name.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    const fs::path candidate = fs::path(folder.empty() ? "." : folder) / name;
    if (is_program(candidate)) return fs::absolute(candidate);
  }
  return std::nullopt;
}

std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    const bool replaced =
        std::any_of(command.environment.begin(), command.environment.end(),
                    [name](const auto& addition) { return addition.first == name; });
    if (!replaced && is_handed_on(name)) result.emplace_back(text);
  }
  for (const auto& [name, value] : command.environment) result.push_back(concat(name, '=', value));
  return result;
}

}  // namespace sotto
