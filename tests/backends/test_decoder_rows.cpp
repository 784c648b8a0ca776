#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "each_instruction_set.h"
#include "loaded_part.h"
#include "model/whisper/stateful_builders.h"
#include "run/backends/registry.h"
#include "support/model_part.h"
#include "support/random_checkpoint.h"

// The decoder that keeps state, whole: rows of several sequences and windows in one run.

namespace sotto::test {
namespace {

constexpr std::int64_t kContext = 16, kPlaces = 50, kWindows = 3;
constexpr std::size_t kSequences = 9;
constexpr double kFloatModels = 1e-5;  // as everywhere: some twenty sums in float32
// Bytes with a scale for each 64, rounded up to a bfloat16: fourteen products one after another.
constexpr double kByteModels = 14.0 / 254 * (1 + 1.0 / 128);

/// A place in a sequence; `slot` keeps its earlier places.
struct Row {
  std::size_t sequence = 0;
  std::int64_t position = 0;
  std::int32_t slot = 0;
};

/// Three parts over caches that they share.
class StatefulParts {
 public:
  StatefulParts(const Checkpoint& checkpoint, Precision precision)
      : width_(checkpoint.dims.n_text_state), vocabulary_(checkpoint.dims.n_vocab) {
    BackendOptions options;
    options.threads = 2;
    options.precision = precision;
    const auto backend = make_backend("cpu", options);
    const auto load = [&](const GraphMaker& make) {
      ModelPart part = part_of("part", make);
      part.frequent_lengths = {1, 2, 3, 5, 8};
      return backend->load(part);
    };
    cross_ = load([&](std::int64_t) { return build_cross_projection(checkpoint); });
    layers_ = load([checkpoint](std::int64_t length) {
      return build_stateful_decoder(checkpoint, {length, 0});
    });
    head_ =
        load([checkpoint](std::int64_t length) { return build_decoder_head(checkpoint, length); });
    bind_caches();
    for (std::int32_t window = 0; window < kWindows; ++window) keep(window);
  }

  /// The audio that a window was kept of.
  [[nodiscard]] static Tensor audio(std::int64_t width, std::int64_t window) {
    return random_tensor({1, kPlaces, width}, 1000 + static_cast<std::uint64_t>(window));
  }
  [[nodiscard]] static Tensor embedded(std::int64_t width, const Row& row) {
    const auto seed = static_cast<std::uint64_t>(row.position) * 100 + row.sequence + 1;
    return random_tensor({1, 1, width}, seed);
  }

  /// Logits of each row.
  std::vector<std::vector<float>> run(const std::vector<Row>& rows) {
    const auto count = static_cast<std::int64_t>(rows.size());
    Tensor input(DType::float32, {1, count, width_}), hidden(DType::float32, input.shape());
    Tensor slots(DType::int32, {count, kContext}), windows(DType::int32, {count});
    auto* slot = reinterpret_cast<std::int32_t*>(slots.data());
    auto* window = reinterpret_cast<std::int32_t*>(windows.data());
    auto target = input.floats().begin();
    for (const Row& row : rows) {
      const Tensor one = embedded(width_, row);
      target = std::copy(one.floats().begin(), one.floats().end(), target);
      std::fill_n(std::fill_n(slot, row.position + 1, row.slot), kContext - row.position - 1, -1);
      slot += kContext;
      *window++ = static_cast<std::int32_t>(row.sequence % kWindows);
    }
    std::vector<const Tensor*> inputs(layers_->signature().inputs.size());
    inputs[0] = &input;
    inputs[1] = &slots;
    inputs[2] = &windows;
    layers_->run(inputs, std::array<Tensor*, 1>{&hidden});
    Tensor logits(DType::float32, {1, count, vocabulary_});
    head_->run(std::array<const Tensor*, 1>{&hidden}, std::array<Tensor*, 1>{&logits});
    std::vector<std::vector<float>> result;
    for (auto from = logits.floats().begin(); from != logits.floats().end(); from += vocabulary_) {
      result.emplace_back(from, from + vocabulary_);
    }
    return result;
  }

  /// The sequence's places before `length`, in one run.
  std::vector<std::vector<float>> prompt(std::size_t sequence, std::int64_t length,
                                         std::int32_t slot) {
    std::vector<Row> rows;
    for (std::int64_t i = 0; i < length; ++i) rows.push_back({sequence, i, slot});
    return run(rows);
  }

 private:
  void bind_caches() {
    const auto& ports = layers_->signature().inputs;
    caches_.reserve(ports.size());
    for (std::size_t i = 3; i < ports.size(); ++i) {
      Shape shape = ports[i].shape;
      const bool of_windows = ports[i].name.find("cross_attn") != std::string::npos;
      shape.front() = of_windows ? kWindows : 2 * static_cast<std::int64_t>(kSequences);
      caches_.emplace_back(ports[i].dtype, shape);
      layers_->bind_input(i, caches_.back());
      const auto& others = cross_->signature().inputs;
      for (std::size_t other = 2; other < others.size(); ++other) {
        if (others[other].name == ports[i].name) cross_->bind_input(other, caches_.back());
      }
    }
  }
  void keep(std::int32_t window) {
    const Signature& signature = cross_->signature();
    const Tensor rows = audio(signature.inputs[0].shape[2], window);
    Tensor number(DType::int32, {1});
    std::memcpy(number.data(), &window, sizeof window);
    std::vector<const Tensor*> inputs(signature.inputs.size());
    inputs[0] = &rows;
    inputs[1] = &number;
    std::vector<Tensor> zeros;
    std::vector<Tensor*> outputs;
    for (const auto& port : signature.outputs) zeros.emplace_back(port.dtype, port.shape);
    outputs.reserve(zeros.size());
    for (Tensor& zero : zeros) outputs.push_back(&zero);
    cross_->run(inputs, outputs);
  }

  std::int64_t width_, vocabulary_;
  std::unique_ptr<Executable> cross_, layers_, head_;
  std::vector<Tensor> caches_;
};

const std::vector<Checkpoint>& checkpoints() {
  static const std::vector<Checkpoint> all{
      random_checkpoint({16, kPlaces, 64, 2, 2, 300, kContext, 64, 2, 2}),    // heads of 32
      random_checkpoint({16, kPlaces, 128, 2, 1, 300, kContext, 128, 2, 2}),  // of 64
      random_checkpoint({16, kPlaces, 42, 2, 1, 131, kContext, 42, 2, 2})};   // of 21
  return all;
}

class DecoderRows : public OnEachInstructionSet {};

std::vector<Row> next_rows(const std::vector<std::size_t>& sequences) {
  std::vector<Row> rows;
  for (const std::size_t sequence : sequences) {
    rows.push_back({sequence, static_cast<std::int64_t>(3 + sequence % 4),
                    static_cast<std::int32_t>(sequence)});
  }
  return rows;
}

// Integers add up exactly in any order, so that not a bit depends on who else is there.
TEST_P(DecoderRows, AreTheSameAloneAndAmongOthers) {
  for (const Checkpoint& checkpoint : checkpoints()) {
    StatefulParts parts(checkpoint, Precision::automatic);
    std::vector<std::vector<float>> alone;
    for (std::size_t sequence = 0; sequence < kSequences; ++sequence) {
      const auto slot = static_cast<std::int32_t>(sequence);
      (void)parts.prompt(sequence, next_rows({sequence})[0].position, slot);
      alone.push_back(parts.run(next_rows({sequence})).front());
    }
    for (const std::vector<std::size_t>& together : {std::vector<std::size_t>{4, 0},
                                                     {8, 2, 5},
                                                     {3, 7, 1, 0},
                                                     {0, 1, 2, 3, 4, 5, 6, 7},
                                                     {8, 7, 6, 5, 4, 3, 2, 1, 0}}) {
      const auto found = parts.run(next_rows(together));
      for (std::size_t i = 0; i < together.size(); ++i) {
        EXPECT_EQ(found[i], alone[together[i]])
            << together.size() << " rows, heads of "
            << checkpoint.dims.n_text_state / checkpoint.dims.n_text_head;
      }
    }
  }
}

TEST_P(DecoderRows, OfAPromptAreThoseOfItsTokensOneByOne) {
  for (const Checkpoint& checkpoint : checkpoints()) {
    StatefulParts parts(checkpoint, Precision::automatic);
    const auto at_once = parts.prompt(1, 11, 0);
    for (std::int64_t i = 0; i < 11; ++i) {
      EXPECT_EQ(parts.run({{1, i, 5}}).front(), at_once[static_cast<std::size_t>(i)]) << i;
    }
  }
}

double difference(const std::vector<float>& found, const std::vector<float>& expected) {
  double most = 0, largest = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    most = std::max(most, std::abs(static_cast<double>(found[i]) - expected[i]));
    largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
  }
  return most / largest;
}

TEST_P(DecoderRows, AreAsFarOffAsBytesMayTakeThem) {
  for (const Checkpoint& checkpoint : checkpoints()) {
    StatefulParts floats(checkpoint, Precision::f32), bytes(checkpoint, Precision::automatic);
    const auto expected = floats.prompt(2, kContext, 0), found = bytes.prompt(2, kContext, 0);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_LE(difference(found[i], expected[i]), kByteModels);
      EXPECT_GE(difference(found[i], expected[i]), kFloatModels) << "nothing was rounded";
    }
  }
}

// In float32 the parts together are the decoder as a whole.
TEST_P(DecoderRows, OfF32AreTheDecoders) {
  for (const Checkpoint& checkpoint : checkpoints()) {
    const std::int64_t width = checkpoint.dims.n_text_state;
    StatefulParts parts(checkpoint, Precision::f32);
    const auto found = parts.prompt(2, kContext, 0);
    const auto positions = to_float32(checkpoint.tensors.at("decoder.positional_embedding"));
    PlainTensor tokens{{1, kContext, width}, {}};
    for (std::int64_t i = 0; i < kContext; ++i) {
      const Tensor token = StatefulParts::embedded(width, {2, i, 0});
      for (const float value : token.floats()) {
        const std::size_t place = tokens.values.size();
        tokens.values.push_back(static_cast<double>(value) - positions[place]);
      }
    }
    const PlainTensor audio = to_plain(StatefulParts::audio(width, 2));
    const PlainTensor expected =
        run_plainly(build_decoder_core(checkpoint), {tokens, audio}).front();
    Tensor whole(DType::float32, expected.shape);
    auto target = whole.floats().begin();
    for (const auto& row : found) target = std::copy(row.begin(), row.end(), target);
    EXPECT_LE(relative_difference(whole, expected), kFloatModels);
  }
}

INSTANTIATE_EACH_TABLE(DecoderRows);

}  // namespace
}  // namespace sotto::test
