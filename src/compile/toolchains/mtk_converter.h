#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "compile/toolchains/tool.h"
#include "core/base/shape.h"

namespace sotto {

/// MediaTek's converter, the Python package mtk_converter out of the NeuroPilot SDK: a TorchScript
/// file → a TFLite file with operators of MediaTek's own.
struct MtkConverterOptions {
  std::filesystem::path python;  ///< empty: $SOTTO_MTK_PYTHON, else python3
  std::filesystem::path sdk;     ///< root of the SDK; empty: $MTK_NEURON_SDK
};

/// Where Python is, and the folders that its modules are looked for in besides its own: the SDK's
/// and $MTK_CONVERTER_PATH.
struct MtkPython {
  std::filesystem::path program;
  std::string module_path;  ///< for PYTHONPATH; may be empty
};

/// Throws unavailable when there is no such Python.
[[nodiscard]] MtkPython find_mtk_python(const MtkConverterOptions& options);

/// The command that converts `input`, whose forward() takes float32 tensors of these shapes.
[[nodiscard]] Command mtk_command(const MtkPython& python, const std::filesystem::path& input,
                                  const std::filesystem::path& output,
                                  const std::vector<Shape>& input_shapes);

/// Runs the command; gives the versions of the converter, torch and Python as one text. Throws
/// unsupported with a sentence when it fails.
[[nodiscard]] std::string convert_with_mtk(const Command& command,
                                           const std::filesystem::path& input,
                                           const std::filesystem::path& output,
                                           const std::filesystem::path& log_file,
                                           const ToolLog& log = {});

}  // namespace sotto
