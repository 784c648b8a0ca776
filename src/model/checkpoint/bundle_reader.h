#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "core/bundle/bundle.h"
#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// Reads the weights of a Sotto bundle out of its two TorchScript files: docs/formats/bundle.md.
/// Where the encoder's window was cut, n_audio_ctx is what is left of it.
[[nodiscard]] Checkpoint read_bundle_weights(const Bundle& bundle);

/// Whether the bundle has these two files.
[[nodiscard]] bool holds_weights(const Bundle& bundle);

/// A bundle's model without weights: each tensor has its name and shape, and zeros where they would
/// be. For bundles without TorchScript, whose graphs can be described but not built.
[[nodiscard]] Checkpoint read_bundle_outline(const Bundle& bundle);

/// Every tensor of a model of these dims with its name and shape, all elements one and the same
/// zero.
[[nodiscard]] TensorTable outline_tensors(const WhisperDims& dims);

/// The tensors of the bytes of a TorchScript file whose one module keeps them as attributes, under
/// the attributes' names. `owner` keeps the bytes alive and goes into every view; `source` names
/// the file in messages. Throws format or unsupported.
[[nodiscard]] TensorTable parse_torchscript_weights(std::span<const std::byte> bytes,
                                                    const std::string& source,
                                                    const std::shared_ptr<const void>& owner);

}  // namespace sotto
