#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "core/base/target_lock.h"
#include "core/bundle/manifest.h"
#include "core/tflite/neuron_sdk.h"

namespace sotto {

/// What MediaTek's converter is run with.
struct MtkConversion {
  std::filesystem::path bundle;
  MtkPythonOptions python;
  std::function<void(const std::string& file)> progress;
  OnWait on_wait;  ///< told before a wait for another process that writes the bundle
};

/// Converts the encoder and the decoder of a bundle, which has them in TorchScript, with MediaTek's
/// converter, and adds what comes out to the bundle in one step. Logs go beside it, to BUNDLE.logs.
/// Returns the new manifest. Throws what find_mtk_python() and convert_with_mtk() throw, and
/// mismatch when a file is not the one of the manifest or not what Sotto writes; the bundle is then
/// as it was.
Manifest convert_by_mtk(const MtkConversion& conversion);

}  // namespace sotto
