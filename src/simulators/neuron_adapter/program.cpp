#include "simulators/neuron_adapter/program.h"

#include <algorithm>
#include <optional>
#include <span>

#include "simulators/neuron_adapter/switches.h"

namespace sotto::simulator {
namespace {

class Maker {
 public:
  explicit Maker(const Network& network)
      : network_(network),
        readers_(network.tensors.size()),
        writers_(network.tensors.size()),
        program_{{}, {}, std::vector<bool>(network.outputs.size())} {
    for (const NetworkOperation& operation : network.operations) {
      for (const std::uint32_t input : operation.inputs) ++readers_[input];
    }
    for (const std::uint32_t output : network.outputs) ++readers_[output];
  }

  Program run() {
    const std::span<const NetworkOperation> all = network_.operations;
    for (std::size_t i = 0; i < all.size(); ++i) {
      // A product that is to come out wrong is one of its own.
      if (!switches().wrong_matmul && i + 2 < all.size() && is_attention(all.subspan(i, 3))) {
        add(fuse(all.subspan(i, 3)));
        i += 2;
      } else if (!deliver(all[i])) {
        add(all[i]);
      }
    }
    std::stable_sort(
        program_.deliveries.begin(), program_.deliveries.end(),
        [](const Delivery& a, const Delivery& b) { return a.operation < b.operation; });
    return std::move(program_);
  }

 private:
  void add(NetworkOperation operation) {
    writers_[operation.output] = program_.operations.size();
    program_.operations.push_back(std::move(operation));
  }

  [[nodiscard]] bool is_attention(std::span<const NetworkOperation> three) const {
    const NetworkOperation &scores = three[0], &softmax = three[1], &product = three[2];
    return scores.kind == Kind::batch_matmul && softmax.kind == Kind::softmax &&
           product.kind == Kind::batch_matmul && softmax.inputs[0] == scores.output &&
           product.inputs[0] == softmax.output && product.inputs[1] != softmax.output &&
           product.integers.at(0) == 0 && readers_[scores.output] == 1 &&
           readers_[softmax.output] == 1;
  }

  static NetworkOperation fuse(std::span<const NetworkOperation> three) {
    NetworkOperation attention;
    attention.kind = Kind::attention;
    attention.inputs = {three[0].inputs[0], three[0].inputs[1], three[2].inputs[1]};
    attention.integers = {three[0].integers.at(0), three[0].integers.at(1),
                          three[2].integers.at(1)};
    attention.output = three[2].output;
    return attention;
  }

  /// Whether an operation joins an output that nobody else reads, of pieces that lie one behind the
  /// other in it, in whole rows, and are all computed.
  [[nodiscard]] bool deliver(const NetworkOperation& operation) {
    if (operation.kind != Kind::concatenate || readers_[operation.output] != 1) return false;
    const auto output =
        std::find(network_.outputs.begin(), network_.outputs.end(), operation.output);
    const Extents& extents = network_.tensors[operation.output].extents;
    const auto axis = static_cast<std::size_t>(operation.integers.at(0));
    const auto end = extents.begin() + static_cast<std::ptrdiff_t>(axis);
    const bool is_whole = axis + 1 < extents.size() &&
                          std::all_of(extents.begin(), end, [](auto n) { return n == 1; });
    const bool is_computed =
        std::all_of(operation.inputs.begin(), operation.inputs.end(),
                    [&](std::uint32_t input) { return writers_[input].has_value(); });
    if (output == network_.outputs.end() || !is_whole || !is_computed) return false;
    const auto index = static_cast<std::size_t>(output - network_.outputs.begin());
    std::size_t first = 0;
    for (const std::uint32_t input : operation.inputs) {
      program_.deliveries.push_back({*writers_[input], input, index, first});
      first += count_elements(network_.tensors[input].extents);
    }
    program_.is_delivered[index] = true;
    return true;
  }

  const Network& network_;
  std::vector<std::size_t> readers_;  ///< of each tensor, with the caller's reading of outputs
  std::vector<std::optional<std::size_t>> writers_;  ///< the operation of the program, where one is
  Program program_;
};

}  // namespace

Program make_program(const Network& network) { return Maker(network).run(); }

}  // namespace sotto::simulator
