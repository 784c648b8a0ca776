#include "model/checkpoint/openai_reader.h"

#include "model/checkpoint/loose_weights.h"
#include "model/checkpoint/torch_weights.h"

namespace sotto {

Checkpoint parse_openai(std::span<const std::byte> bytes, const std::string& source,
                        const std::shared_ptr<const void>& owner) {
  const TorchWeights weights = parse_torch_weights(bytes, source, owner);
  return model_of(weights.tensors, weights.dims, source);
}

}  // namespace sotto
