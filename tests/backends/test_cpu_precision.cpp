#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "each_instruction_set.h"
#include "loaded_part.h"
#include "model/whisper/builders.h"
#include "op_graphs.h"
#include "run/backends/cpu/passes/passes.h"
#include "run/backends/cpu/steps/refine_step.h"
#include "run/backends/registry.h"
#include "support/expect_error.h"
#include "support/model_part.h"
#include "support/random_checkpoint.h"

// Whole graphs on the cpu back end in every precision, with every instruction set.

namespace sotto::test {
namespace {

// What one rounding to bfloat16 changes at most, as a part of the value.
constexpr double kBf16 = 1.0 / 512;
// What a byte changes at most, as a part of the largest of its group.
constexpr double kByte = 1.0 / 254;
// The same where the scale is rounded up to a bfloat16; other sides of such products are finer.
constexpr double kByteOfRows = kByte * (1 + 1.0 / 128);
// Sums in float32, in whatever order; a decoder has some twenty in a row.
constexpr double kFloatOps = 2e-6, kFloatModels = 1e-5;

constexpr Precision kPrecisions[] = {Precision::f32, Precision::bf16, Precision::int8,
                                     Precision::automatic};

BackendOptions options_of(Precision precision, std::int64_t threads = 2) {
  BackendOptions options;
  options.precision = precision;
  options.threads = threads;
  return options;
}

/// How far rounding may take a graph's results, as a part of the largest: as though on the longest
/// way through it all roundings went in the same direction and told in full.
class Roundings {
 public:
  Roundings(const Graph& graph, Precision precision)
      : fused_(cpu::fuse(graph)),
        reads_weights_(graph.variable_axis().has_value()),
        precision_(precision) {}

  [[nodiscard]] double sum() const {
    std::vector<double> sums(fused_.values().size());
    double most = 0;
    for (const Node& node : fused_.nodes()) {
      double& here = sums[node.output.index];
      for (const ValueId id : operands(node.op)) here = std::max(here, sums[id.index]);
      here += of(node.op);
      most = std::max(most, here);
    }
    return most;
  }

 private:
  [[nodiscard]] double of(const Op& op) const {
    const auto* linear = std::get_if<op::FusedLinear>(&op);
    if (linear != nullptr && fused_.value(linear->weight).constant) {
      if (reads_weights_) return kByteOfRows;
      return precision_ == Precision::int8 ? 2 * kByte : 2 * kBf16;
    }
    if (reads_weights_) return 0;
    if (std::holds_alternative<op::Attention>(op)) return 4 * kBf16;  // two products
    const bool is_convolution =
        std::holds_alternative<op::ConvGelu>(op) || std::holds_alternative<op::Conv1d>(op);
    return is_convolution ? 2 * kBf16 : 0;
  }

  Graph fused_;
  bool reads_weights_;  ///< again and again: bytes of weights are all that is rounded
  Precision precision_;
};

/// n_mels, then of audio: places, width, heads, layers; vocabulary; then the same of text.
std::vector<WhisperDims> all_dims() {
  return {{16, 50, 64, 2, 2, 1000, 40, 64, 2, 2},   // heads of 32
          {80, 70, 128, 2, 2, 300, 40, 128, 2, 2},  // of 64, as all published models have
          {20, 33, 96, 6, 2, 200, 40, 96, 6, 2},    // of 16
          {7, 31, 42, 2, 2, 131, 40, 42, 2, 2}};    // of 21
}

/// A part of a random checkpoint, with what it computes in double precision.
struct Known {
  std::string name;
  GraphMaker graph;
  std::vector<Tensor> inputs;
  PlainTensor expected;
};

Known known(std::string name, const GraphMaker& make, std::int64_t length) {
  Known part{std::move(name), make, {}, {}};
  const Graph graph = make(length);
  std::vector<PlainTensor> plain;
  for (const ValueId id : graph.inputs()) {
    part.inputs.push_back(random_tensor(graph.shape(id), id.index + 1));
    plain.push_back(to_plain(part.inputs.back()));
  }
  part.expected = std::move(run_plainly(graph, plain).front());
  return part;
}

/// Encoders have no variable axis, and decoders have one.
std::vector<Known> make_parts(bool of_encoders) {
  std::vector<Known> parts;
  for (const WhisperDims& dims : all_dims()) {
    const auto checkpoint = std::make_shared<const Checkpoint>(random_checkpoint(dims));
    const std::string width = concat(" of heads of ", dims.n_text_state / dims.n_text_head);
    if (of_encoders) {
      parts.push_back(known(
          "encoder" + width, [=](std::int64_t) { return build_encoder_core(*checkpoint); }, 0));
      continue;
    }
    const auto decoder = [=](std::int64_t length) {
      return build_decoder_core(*checkpoint, {length, 0});
    };
    for (const std::int64_t length : {1, 7}) {
      parts.push_back(known(concat("decoder", width, ", length ", length), decoder, length));
    }
  }
  return parts;
}

const std::vector<Known>& encoders() {
  static const std::vector<Known> parts = make_parts(true);
  return parts;
}
const std::vector<Known>& decoders() {
  static const std::vector<Known> parts = make_parts(false);
  return parts;
}

Tensor run(const Known& part, const BackendOptions& options) {
  return std::move(LoadedPart("cpu", part.graph, options).run(part.inputs).front());
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return std::equal(a.floats().begin(), a.floats().end(), b.floats().begin(), b.floats().end());
}

/// Is told what computed each step.
class Implementations : public StepObserver {
 public:
  [[nodiscard]] bool is_watching() const override { return true; }
  void on_step(const StepRun& step) override { names.insert(std::string(step.implementation)); }
  std::set<std::string> names;
};

class CpuPrecision : public OnEachInstructionSet {
 protected:
  /// What computes a part's steps.
  static std::set<std::string> implementations(const Known& part, Precision precision) {
    const auto observer = std::make_shared<Implementations>();
    BackendOptions options = options_of(precision);
    options.observer = observer;
    (void)run(part, options);
    return observer->names;
  }
};

TEST_P(CpuPrecision, IsOfTheChosenInstructions) {
  for (const Precision precision : kPrecisions) {
    std::set<std::string> names = implementations(encoders().front(), precision);
    names.merge(implementations(decoders().front(), precision));
    std::size_t of_kernels = 0;
    for (const std::string& name : names) {
      if (name.find(' ') == std::string::npos) continue;  // no table's
      EXPECT_EQ(name.substr(0, name.find(' ')), GetParam()) << name;
      ++of_kernels;
    }
    EXPECT_GE(of_kernels, 1U);
  }
}

TEST_P(CpuPrecision, OfF32IsFloat32) {
  for (const auto* parts : {&encoders(), &decoders()}) {
    for (const Known& part : *parts) {
      const Tensor found = run(part, options_of(Precision::f32));
      EXPECT_LE(relative_difference(found, part.expected), kFloatModels) << part.name;
    }
  }
}

TEST_P(CpuPrecision, RoundsModelsNoMoreThanItMay) {
  for (const Precision precision : {Precision::bf16, Precision::int8}) {
    for (const auto* parts : {&encoders(), &decoders()}) {
      for (const Known& part : *parts) {
        const double found = relative_difference(run(part, options_of(precision)), part.expected);
        EXPECT_LE(found, Roundings(part.graph(0), precision).sum()) << part.name;
        EXPECT_GE(found, kFloatModels) << part.name << ": nothing was rounded";
      }
    }
  }
}

// Encoders in bfloat16 where that is faster, decoders by bytes anywhere.
TEST_P(CpuPrecision, OfItsOwnChoiceIsTheFasterThatKeepsTheText) {
  const Precision of_encoders = kernels().fast_bf16 ? Precision::bf16 : Precision::f32;
  for (const Known& part : encoders()) {
    EXPECT_TRUE(
        same_bits(run(part, options_of(Precision::automatic)), run(part, options_of(of_encoders))))
        << part.name;
  }
  for (const Known& part : decoders()) {
    const Tensor found = run(part, options_of(Precision::automatic));
    EXPECT_TRUE(same_bits(found, run(part, options_of(Precision::bf16)))) << part.name;
    EXPECT_TRUE(same_bits(found, run(part, options_of(Precision::int8)))) << part.name;
  }
}

TEST_P(CpuPrecision, GivesTheSameForAnyNumberOfThreads) {
  for (const Precision precision : kPrecisions) {
    for (const auto* parts : {&encoders(), &decoders()}) {
      for (const Known& part : *parts) {
        const Tensor one = run(part, options_of(precision, 1));
        for (const std::int64_t threads : {2, 3}) {
          EXPECT_TRUE(same_bits(run(part, options_of(precision, threads)), one))
              << part.name << " on " << threads;
        }
      }
    }
  }
}

// One back end's threads and weights under several callers, as --jobs has them.
TEST_P(CpuPrecision, GivesTheSameToSeveralCallers) {
  for (const Precision precision : {Precision::f32, Precision::int8}) {
    for (const Known* known : {&encoders().front(), &decoders().back()}) {
      const Tensor expected = run(*known, options_of(precision));
      const auto backend = make_backend("cpu", options_of(precision));
      const ModelPart part = part_of("part", known->graph);
      std::vector<int> equal(3);
      std::vector<std::thread> callers;
      std::vector<std::unique_ptr<Executable>> executables;
      for (std::size_t i = 0; i < equal.size(); ++i) executables.push_back(backend->load(part));
      for (std::size_t i = 0; i < equal.size(); ++i) {
        callers.emplace_back([&, i] {
          for (int turn = 0; turn < 10; ++turn) {
            Tensor output(DType::float32, expected.shape());
            std::vector<const Tensor*> inputs;
            for (const Tensor& input : known->inputs) inputs.push_back(&input);
            executables[i]->run(inputs, std::array<Tensor*, 1>{&output});
            equal[i] += same_bits(output, expected) ? 1 : 0;
          }
        });
      }
      for (std::thread& caller : callers) caller.join();
      EXPECT_THAT(equal, testing::Each(10)) << known->name;
    }
  }
}

/// Every small graph, with what it computes in double precision.
const std::vector<Known>& operations() {
  static const std::vector<Known> all = [] {
    std::vector<Known> parts;
    for (const OpGraph& each : op_graphs()) {
      parts.push_back(known(
          each.name, [graph = each.graph](std::int64_t) { return graph; }, 0));
    }
    return parts;
  }();
  return all;
}

TEST_P(CpuPrecision, OfF32ComputesWhatTheOperationsMean) {
  for (const Known& part : operations()) {
    EXPECT_LE(relative_difference(run(part, options_of(Precision::f32)), part.expected), kFloatOps)
        << part.name;
  }
}

TEST_P(CpuPrecision, RoundsOperationsNoMoreThanItMay) {
  for (const Precision precision : {Precision::bf16, Precision::int8}) {
    for (const Known& part : operations()) {
      const double found = relative_difference(run(part, options_of(precision)), part.expected);
      EXPECT_LE(found, kFloatOps + Roundings(part.graph(0), precision).sum()) << part.name;
    }
  }
}

/// (x · weightᵀ + bias) · 0.5, with far more columns than depth, as a decoder's head has it.
Graph choice_among_many(std::int64_t rows) {
  constexpr std::int64_t kColumns = 1600, kDepth = 48;
  Graph graph("Head");
  const ValueId x = graph.add_input("x", {1, rows, kDepth});
  const ValueId weight = graph.add_constant(
      "weight", own_values({kColumns, kDepth}, random_values(kColumns * kDepth, 1)));
  const ValueId bias =
      graph.add_constant("bias", own_values({kColumns}, random_values(kColumns, 2)));
  const ValueId sums = graph.add("sums", op::Linear{x, weight, bias});
  graph.add_output(graph.add("logits", op::Scale{sums, 0.5F}));
  graph.set_variable_axis({x, 1});
  return graph;
}

TEST_P(CpuPrecision, ComputesTheLargestOfManyWithoutRoundingTheirWeights) {
  const Known head = known(
      "head", [](std::int64_t rows) { return choice_among_many(rows == 0 ? 40 : rows); }, 3);
  const Tensor found = run(head, options_of(Precision::int8));
  constexpr std::size_t kColumns = 1600;
  double other = 0;
  for (std::size_t row = 0; row < 3; ++row) {
    const auto begin = head.expected.values.begin() + static_cast<std::ptrdiff_t>(row * kColumns);
    std::vector<double> sorted(begin, begin + kColumns);
    std::sort(sorted.rbegin(), sorted.rend());
    // Those that bytes could have brought among the largest, or out of them, are left out.
    const double rounding = 0.05;
    const double least =
        std::max(sorted[0] - cpu::RefineStep::kReach, sorted[cpu::RefineStep::kMost - 1]) +
        rounding;
    for (std::size_t i = 0; i < kColumns; ++i) {
      const double expected = *(begin + static_cast<std::ptrdiff_t>(i));
      const double off = std::abs(found.floats()[row * kColumns + i] - expected);
      if (expected >= least) {
        EXPECT_LE(off, kFloatOps * sorted[0]) << row << ' ' << i;
      } else {
        other = std::max(other, off);
      }
    }
    EXPECT_GE(sorted[0], least);
  }
  EXPECT_GE(other, kFloatModels) << "nothing was rounded";
}

/// x · weightᵀ, of a weight that is no finite number somewhere.
Graph broken_product(float broken, std::int64_t rows) {
  Graph graph("Product");
  const Shape shape{128, 96};
  std::vector<float> weights = random_values(num_elements(shape), 1);
  weights[3 * 96 + 70] = broken;
  const ValueId x = graph.add_input("x", {1, rows, 96});
  const ValueId weight = graph.add_constant("weight", own_values(shape, weights));
  graph.add_output(graph.add("y", op::Linear{x, weight, std::nullopt}));
  return graph;
}

/// The same with a variable axis.
Graph broken_row_product(float broken, std::int64_t rows) {
  Graph graph = broken_product(broken, rows);
  graph.set_variable_axis({graph.inputs().front(), 1});
  return graph;
}

// Bytes have no NaN: their scales do.
TEST_P(CpuPrecision, HidesNoWeightThatIsNoNumber) {
  for (const float broken :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    const GraphMaker makers[] = {
        [=](std::int64_t) { return broken_product(broken, 40); },
        [=](std::int64_t rows) { return broken_row_product(broken, rows == 0 ? 40 : rows); }};
    std::vector<Tensor> inputs;
    inputs.push_back(random_tensor({1, 40, 96}, 2));
    for (const Precision precision : kPrecisions) {
      for (const GraphMaker& make : makers) {
        const Tensor y = std::move(LoadedPart("cpu", make, options_of(precision)).run(inputs)[0]);
        for (std::size_t i = 0; i < y.floats().size(); ++i) {
          EXPECT_EQ(std::isfinite(y.floats()[i]), i % 128 != 3) << i;
        }
      }
    }
  }
}

INSTANTIATE_EACH_TABLE(CpuPrecision);

TEST(MostInstructions, AreOneOfThoseThatThereAre) {
  const char* before = std::getenv("SOTTO_MAX_ISA");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("SOTTO_MAX_ISA", "avx3", 1);
  const std::string sentence =
      expect_error(ErrorKind::usage, "$SOTTO_MAX_ISA: expected an instruction set of generic",
                   [] { (void)make_backend("cpu", {}); });
  EXPECT_TRUE(sentence.ends_with(", found avx3")) << sentence;
  ::setenv("SOTTO_MAX_ISA", "", 1);
  EXPECT_NE(make_backend("cpu", {}), nullptr);  // no limit
  if (before == nullptr) {
    ::unsetenv("SOTTO_MAX_ISA");
  } else {
    ::setenv("SOTTO_MAX_ISA", kept.c_str(), 1);
  }
}

}  // namespace
}  // namespace sotto::test
