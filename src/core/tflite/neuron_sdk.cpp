#include "core/tflite/neuron_sdk.h"

#include <array>
#include <cstdlib>

#include "core/base/child_process.h"
#include "core/base/environment.h"
#include "core/base/error.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr auto kModuleFolders =
    std::to_array<std::string_view>({"host/lib/python", "lib/python", "python"});

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
         "none: name it with --python or $SOTTO_MTK_PYTHON");
  }
  MtkPython python{*program, {}};
  const auto add = [&](const std::string& folder) {
    python.module_path += (python.module_path.empty() ? "" : ":") + folder;
  };
  const fs::path path = environment_path("MTK_CONVERTER_PATH");
  if (!path.empty()) add(path.string());
  if (const fs::path modules = find_in_sdk(options.sdk, kModuleFolders); !modules.empty()) {
    add(modules.string());
  }
  return python;
}

}  // namespace sotto
