#include "core/tflite/neuron_sdk.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/base/environment.h"
#include "core/base/error.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr auto kModuleFolders =
    std::to_array<std::string_view>({"host/lib/python", "lib/python", "python"});

// Before any other module is imported (sys is built in), the current folder goes: a Python of 3.11
// on leaves it out by $PYTHONSAFEPATH, an older one does not know that.
constexpr std::string_view kOwnModulesOnly = R"(import sys
sys.path[:] = [folder for folder in sys.path if folder.startswith('/')]
)";

/// The folders of a list with colons between, the empty ones (which stand for the current folder)
/// left out.
std::vector<fs::path> folders_of(std::string_view list) {
  std::vector<fs::path> folders;
  while (!list.empty()) {
    const std::string_view one = list.substr(0, list.find(':'));
    if (!one.empty()) folders.push_back(fs::absolute(one));
    list.remove_prefix(std::min(list.size(), one.size() + 1));
  }
  return folders;
}

}  // namespace

std::vector<fs::path> sdk_roots(const fs::path& given) {
  const fs::path root = given.empty() ? environment_path("MTK_NEURON_SDK") : given;
  if (root.empty()) return {};
  return {root, root / "neuron_sdk"};
}

fs::path find_in_sdk(const fs::path& given, std::span<const std::string_view> places) {
  std::error_code ignored;
  for (const fs::path& root : sdk_roots(given)) {
    for (const std::string_view place : places) {
      if (fs::exists(root / place, ignored)) return root / place;
    }
  }
  return {};
}

std::string list_of(const std::vector<fs::path>& paths) {
  std::string text;
  for (const fs::path& path : paths) text += concat(text.empty() ? "" : ", ", path.string());
  return text;
}

std::pair<std::string, std::string> prepended(const std::string& variable,
                                              const std::string& folders) {
  const char* value = std::getenv(variable.c_str());
  const bool is_set = value != nullptr && *value != '\0';
  return {variable, is_set ? concat(folders, ':', value) : folders};
}

MtkPython find_mtk_python(const MtkPythonOptions& options) {
  fs::path name = options.python;
  if (name.empty()) {
    const char* chosen = std::getenv("SOTTO_MTK_PYTHON");
    name = chosen == nullptr ? "python3" : chosen;
  }
  const auto program = find_program(name);
  if (!program) {
    fail(ErrorKind::unavailable, name.string(),
         ": expected the Python that MediaTek's converter is installed in (3.10 for SDK 8), found "
         "none: name it with ",
         Option{"python"}, " or $SOTTO_MTK_PYTHON");
  }
  MtkPython python{*program, {}};
  const auto add = [&](const fs::path& folder) {
    if (!python.module_path.empty()) python.module_path += ':';
    python.module_path += folder.string();
  };
  for (const fs::path& folder : folders_of(environment_path("MTK_CONVERTER_PATH").string())) {
    add(folder);
  }
  if (const fs::path modules = find_in_sdk(options.sdk, kModuleFolders); !modules.empty()) {
    add(fs::absolute(modules));
  }
  return python;
}

Command python_command(const MtkPython& python, std::string_view script) {
  Command command;
  command.program = python.program;
  command.arguments = {"-c", concat(kOwnModulesOnly, script)};
  command.environment = {{"PYTHONSAFEPATH", "1"}};
  if (!python.module_path.empty()) {
    command.environment.emplace_back("PYTHONPATH", python.module_path);
  }
  return command;
}

}  // namespace sotto
