#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sotto {

/// A matrix [rows, depth], row by row, and what is added to its products: one value a row.
struct SileroLayer {
  std::size_t rows = 0;
  std::size_t depth = 0;
  std::vector<float> weights;
  std::vector<float> bias;
};

/// The network for 16 kHz of Silero VAD 6 (Silero team, MIT). Kernels [out, in, 3] of convolutions
/// are matrices [out, in · 3].
struct SileroWeights {
  SileroLayer transform;        ///< [258, 256]: 129 windowed cosines, then as many sines; no bias
  SileroLayer convolutions[4];  ///< [128, 387], [64, 384], [64, 192], [128, 192]
  SileroLayer lstm_input;       ///< [512, 128]: input, forget, cell and output gates
  SileroLayer lstm_hidden;      ///< the same
  SileroLayer output;           ///< [1, 128]
};

/// Reads the weights out of the package's TorchScript file, silero_vad.jit; nothing in it is run.
/// `source` names it in messages. Throws format or unsupported when it is no TorchScript file, and
/// mismatch, naming the attribute, when it is that of another network.
[[nodiscard]] SileroWeights parse_silero(std::span<const std::byte> bytes,
                                         const std::string& source,
                                         std::shared_ptr<const void> owner);

/// The file that a caller named, else $SOTTO_VAD_MODEL, else silero_vad.jit where set-up puts it:
/// ${XDG_CACHE_HOME:-~/.cache}/sotto/vad. Throws not_found, with a sentence that says how it gets
/// there, when there is no such file.
[[nodiscard]] std::filesystem::path vad_model_path(
    const std::optional<std::filesystem::path>& named = std::nullopt);

}  // namespace sotto
