#pragma once

#include <filesystem>
#include <memory>

#include "core/tflite/neuron_sdk.h"
#include "run/backends/backend.h"

namespace sotto {

/// The Python that the mtk back end uses from now on.
void use_mtk_python(const MtkPythonOptions& options);

/// Runs what MediaTek's converter made (ModelPart::mtk_tflite) in MediaTek's own executor, in a
/// Python of the user's: for comparison, not for speed. Shapes are fixed: a shorter run is padded
/// with zeros and cut.
[[nodiscard]] std::unique_ptr<Backend> make_mtk_backend();

}  // namespace sotto
