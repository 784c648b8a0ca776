#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "compile/toolchains/tool.h"
#include "core/base/shape.h"
#include "core/tflite/neuron_sdk.h"

namespace sotto {

// MediaTek's converter, the Python package mtk_converter out of the NeuroPilot SDK: a TorchScript
// file → a TFLite file with operators of MediaTek's own.

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
