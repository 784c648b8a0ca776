#include "simulators/neuron_adapter/fusion.h"

#include <algorithm>

#include "simulators/neuron_adapter/switches.h"

namespace sotto::simulator {
namespace {

/// How often each tensor is read, the caller's reading of outputs included.
std::vector<std::size_t> count_readers(const Network& network) {
  std::vector<std::size_t> readers(network.tensors.size());
  for (const NetworkOperation& operation : network.operations) {
    for (const std::uint32_t input : operation.inputs) ++readers[input];
  }
  for (const std::uint32_t output : network.outputs) ++readers[output];
  return readers;
}

bool is_attention(std::span<const NetworkOperation> three,
                  const std::vector<std::size_t>& readers) {
  const NetworkOperation &scores = three[0], &softmax = three[1], &product = three[2];
  return scores.kind == Kind::batch_matmul && softmax.kind == Kind::softmax &&
         product.kind == Kind::batch_matmul && softmax.inputs[0] == scores.output &&
         product.inputs[0] == softmax.output && product.inputs[1] != softmax.output &&
         product.integers.at(0) == 0 && readers[scores.output] == 1 && readers[softmax.output] == 1;
}

NetworkOperation fuse(std::span<const NetworkOperation> three) {
  NetworkOperation attention;
  attention.kind = Kind::attention;
  attention.inputs = {three[0].inputs[0], three[0].inputs[1], three[2].inputs[1]};
  attention.integers = {three[0].integers[0], three[0].integers[1], three[2].integers[1]};
  attention.output = three[2].output;
  return attention;
}

}  // namespace

std::vector<NetworkOperation> fuse_attention(const Network& network) {
  const std::span<const NetworkOperation> all = network.operations;
  const std::vector<std::size_t> readers = count_readers(network);
  std::vector<NetworkOperation> operations;
  for (std::size_t i = 0; i < all.size(); ++i) {
    // A product that is to come out wrong is one of its own.
    if (!switches().wrong_matmul && i + 2 < all.size() &&
        is_attention(all.subspan(i, 3), readers)) {
      operations.push_back(fuse(all.subspan(i, 3)));
      i += 2;
    } else {
      operations.push_back(all[i]);
    }
  }
  return operations;
}

}  // namespace sotto::simulator
