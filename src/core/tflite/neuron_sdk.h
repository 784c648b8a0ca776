#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/command.h"

// Where MediaTek's NeuroPilot SDK lies, and what is in it.

namespace sotto {

/// The folders that an SDK's files are looked for under: `given` or else $MTK_NEURON_SDK, and the
/// neuron_sdk in either. Empty when neither is set.
[[nodiscard]] std::vector<std::filesystem::path> sdk_roots(const std::filesystem::path& given);

/// The first of `places` under the roots that exists; empty when none does.
[[nodiscard]] std::filesystem::path find_in_sdk(const std::filesystem::path& given,
                                                std::span<const std::string_view> places);

/// "a, b, c" of paths, for messages.
[[nodiscard]] std::string list_of(const std::vector<std::filesystem::path>& paths);

/// `folder` in front of what the variable holds here: for LD_LIBRARY_PATH.
[[nodiscard]] std::pair<std::string, std::string> prepended(const std::string& variable,
                                                            const std::string& folders);

/// The Python that MediaTek's mtk_converter is installed in.
struct MtkPythonOptions {
  std::filesystem::path python;  ///< empty: $SOTTO_MTK_PYTHON, else python3
  std::filesystem::path sdk;     ///< root of the SDK; empty: $MTK_NEURON_SDK
};

/// Where Python is, and the folders that its modules are looked for in besides its own: the SDK's
/// and those of $MTK_CONVERTER_PATH.
struct MtkPython {
  std::filesystem::path program;
  std::string module_path;  ///< for PYTHONPATH: absolute, with colons between; may be empty
};

/// The command that runs a script in it. Modules come from its own folders and those of
/// `module_path`: never from the current folder, where Python looks first for a script like this,
/// nor from the user's PYTHONPATH. What the user has installed (`pip install --user`) is found.
[[nodiscard]] Command python_command(const MtkPython& python, std::string_view script);

/// Throws unavailable when there is no such Python.
[[nodiscard]] MtkPython find_mtk_python(const MtkPythonOptions& options);

}  // namespace sotto
