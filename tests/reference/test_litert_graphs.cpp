// Every graph of real and random models: its TFLite file in the official runtime against the cpu
// back end, which runs it as it was before lowering.
#include <cmath>
#include <iostream>
#include <random>

#include "model/whisper/builders.h"
#include "reference/exported.h"
#include "reference/oracle_data.h"
#include "run/backends/registry.h"
#include "run/engine/checkpoint/load_model.h"
#include "run/engine/model_sources.h"

namespace sotto::test {
namespace {

struct Case {
  std::string name;
  std::string model;
  WeightType weights;
  GeluForm gelu;
  double bound;  ///< of the largest value
};

constexpr GraphKind kKinds[] = {GraphKind::encoder, GraphKind::decoder, GraphKind::crosskv,
                                GraphKind::step, GraphKind::prefill};

/// A mask as a session makes it: a few earlier rows, then the new ones in their order.
void fill_mask(Tensor& mask) {
  const std::int64_t rows = mask.shape()[2], width = mask.shape()[3];
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < width; ++column) {
      const bool seen = column < 5 || (column >= width - rows && column <= width - rows + row);
      mask.floats()[static_cast<std::size_t>(row * width + column)] = seen ? 0.0F : kMaskedScore;
    }
  }
}

std::vector<Tensor> inputs_of(const Signature& signature) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
  std::vector<Tensor> inputs;
  for (const Signature::Port& port : signature.inputs) {
    inputs.emplace_back(port.dtype, port.shape);
    for (float& value : inputs.back().floats()) value = uniform(random);
    if (port.name == "self_mask") fill_mask(inputs.back());
  }
  return inputs;
}

std::vector<Tensor> run(Executable& executable, const std::vector<Tensor>& inputs) {
  std::vector<const Tensor*> in;
  in.reserve(inputs.size());
  for (const Tensor& input : inputs) in.push_back(&input);
  std::vector<Tensor> outputs;
  for (const auto& port : executable.signature().outputs)
    outputs.emplace_back(port.dtype, port.shape);
  std::vector<Tensor*> out;
  out.reserve(outputs.size());
  for (Tensor& output : outputs) out.push_back(&output);
  executable.run(in, out);
  return outputs;
}

double relative_difference(const Tensor& found, const Tensor& expected) {
  double largest = 0.0, difference = 0.0;
  for (std::size_t i = 0; i < expected.floats().size(); ++i) {
    const double value = expected.floats()[i];
    largest = std::max(largest, std::abs(value));
    const double here = std::abs(found.floats()[i] - value);
    if (!(here <= difference)) difference = here;  // keeps a NaN
  }
  return difference / largest;
}

class LitertGraphs : public ModelTest, public ::testing::WithParamInterface<Case> {};

TEST_P(LitertGraphs, ComputeWhatTheCpuBackendDoes) {
  if (const auto absence = litert_absence(); !absence.empty()) GTEST_SKIP() << absence;
  const Case& one = GetParam();
  if (!std::filesystem::exists(checkpoint_of(one.model))) GTEST_SKIP() << "no " << one.model;
  ExportOptions options;
  options.format = ExportFormat::tflite;
  options.weights = one.weights;
  options.lowering.gelu = one.gelu;
  options.name = "model";
  const Exported exported(checkpoint_of(one.model), options);
  const ModelSources files = sources_of(Bundle::open(exported.bundle()));
  const ModelSources weights = sources_with_weights(exported.checkpoint(), files.frames());
  std::cout << one.name << ":";
  for (const GraphKind kind : kKinds) {
    const auto reference = make_backend("cpu")->load(weights.part(kind));
    const auto litert = make_backend("litert")->load(files.part(kind));
    const std::vector<Tensor> inputs = inputs_of(reference->signature());
    const auto expected = run(*reference, inputs), found = run(*litert, inputs);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double difference = relative_difference(found[i], expected[i]);
      EXPECT_LE(difference, one.bound) << reference->signature().outputs[i].name;
      std::cout << " " << reference->signature().outputs[i].name << " " << difference;
    }
  }
  std::cout << "\n";
}

INSTANTIATE_TEST_SUITE_P(
    Models, LitertGraphs,
    ::testing::Values(
        Case{"base_float32", "base", WeightType::float32, GeluForm::exact, 1e-3},
        Case{"base_float16", "base", WeightType::float16, GeluForm::exact, 1e-2},
        Case{"demo_float32", "demo", WeightType::float32, GeluForm::exact, 1e-3},
        Case{"demo_float16", "demo", WeightType::float16, GeluForm::exact, 1e-2},
        Case{"tiny_float32", "tiny_random", WeightType::float32, GeluForm::exact, 1e-3},
        Case{"tiny_float16", "tiny_random", WeightType::float16, GeluForm::exact, 1e-2}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace sotto::test
