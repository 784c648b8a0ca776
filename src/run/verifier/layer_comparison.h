#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/tensor.h"
#include "run/engine/checkpoint/load_model.h"
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

/// The TFLite files of a bundle's encoder and full decoder in LiteRT, every layer's result put out,
/// beside the same graphs of the baseline on the cpu back end.
class LayerComparison {
 public:
  /// Loads all of them. Throws unavailable without LiteRT, not_found without those files, and what
  /// the readers throw.
  LayerComparison(const Bundle& bundle, const CheckpointSource& baseline,
                  const BackendOptions& options);

  /// On this mel and these tokens; the decoder reads the baseline's encoder output on both sides.
  [[nodiscard]] std::vector<LayerNumbers> compare(const Tensor& mel,
                                                  const std::vector<TokenId>& tokens);

 private:
  /// One graph on both sides.
  struct Graphs {
    std::string name;
    std::unique_ptr<Executable> file, baseline;
  };

  [[nodiscard]] static Graphs load(const ModelPart& file, const ModelPart& baseline,
                                   const BackendOptions& options);
  /// `reference` gets the baseline's outputs.
  [[nodiscard]] static LayerNumbers compare(const Graphs& graphs,
                                            const std::vector<const Tensor*>& inputs,
                                            std::int64_t length, std::vector<Tensor>& reference);

  ModelSources weights_;
  Graphs encoder_, decoder_;
};

}  // namespace sotto
