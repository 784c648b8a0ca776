#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/tensor.h"
#include "run/engine/checkpoint/load_model.h"
#include "run/engine/kv_decoder.h"
#include "run/verifier/layer_comparison.h"

namespace sotto {

/// The graphs over a cache on a back end that only runs files, an NPU's here or on a device, beside
/// the same graphs of the baseline on the cpu back end, layer by layer: the keys and values that
/// they put out belong to a layer each.
class CacheLayers {
 public:
  /// Loads all of them. Throws what the back end and the readers throw.
  CacheLayers(const Bundle& bundle, const CheckpointSource& baseline, const std::string& backend,
              const BackendOptions& options);

  /// On this mel and these tokens; the decoder reads the baseline's keys and values of
  /// the audio on both sides.
  [[nodiscard]] std::vector<LayerNumbers> compare(const Tensor& mel,
                                                  const std::vector<TokenId>& tokens);

 private:
  struct Side {
    std::unique_ptr<Backend> backend;
    std::unique_ptr<Executable> encoder;
    std::unique_ptr<KvDecoder> decoder;
    Tensor cross_keys, cross_values;
  };
  [[nodiscard]] Side load(std::unique_ptr<Backend> backend, const ModelSources& sources) const;
  [[nodiscard]] LayerNumbers compare_encoders(const Tensor& mel);
  [[nodiscard]] LayerNumbers compare_decoders(const std::vector<TokenId>& tokens);

  ModelSources weights_;
  Side artifacts_, baseline_;
};

}  // namespace sotto
