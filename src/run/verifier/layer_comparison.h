#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/tensor.h"
#include "run/transcriber/model.h"
#include "run/verifier/difference.h"

namespace sotto {

struct LayerDifference {
  std::string layer;  ///< its result's name: "blocks.3.mlp.residual"
  Difference difference;
};

/// How far one graph's file is from the unsplit model, layer by layer.
struct LayerNumbers {
  std::string graph;                    ///< "encoder", "decoder"
  std::vector<LayerDifference> layers;  ///< the sum that ends each part of a layer, in order
  /// The first layer whose difference, as a part of the largest value, is above 1e-4 and more than
  /// four times that of the layer before.
  [[nodiscard]] const LayerDifference* first_growth() const;
};

/// Runs the TFLite files of a bundle's encoder and full decoder in LiteRT with every layer's result
/// put out, on this mel and these tokens, beside the same graphs of the baseline on the cpu back
/// end; the decoder reads the baseline's encoder output on both sides. Throws unavailable without
/// LiteRT, not_found without those files, and what the readers throw.
[[nodiscard]] std::vector<LayerNumbers> compare_layers(const std::filesystem::path& bundle,
                                                       const std::filesystem::path& baseline,
                                                       const Tensor& mel,
                                                       const std::vector<TokenId>& tokens);

}  // namespace sotto
