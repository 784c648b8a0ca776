#include "loaded_part.h"

#include <algorithm>
#include <cmath>

#include "compile/emitters/tflite/tflite_writer.h"
#include "compile/emitters/torchscript/torchscript_writer.h"
#include "compile/passes/pipelines.h"
#include "core/base/error.h"
#include "core/base/output_file.h"
#include "run/backends/registry.h"
#include "support/model_part.h"

namespace sotto::test {

LoadedPart::LoadedPart(std::string_view backend, const GraphMaker& make_graph,
                       const BackendOptions& options) {
  ModelPart part = part_of("part", make_graph);
  const auto write = [&](const char* form, const auto& writer) {
    const auto path = folder_ / "part";
    OutputFile file(path, path.string());
    writer(file);
    file.close();
    part.files[form] = {path};
  };
  if (backend == "torchscript") {
    write("torchscript", [&](ByteSink& sink) { write_torchscript(make_graph(0), sink); });
  }
  if (backend == "litert") {
    write("tflite",
          [&](ByteSink& sink) { write_tflite(lower(make_graph(0)), WeightType::float32, sink); });
  }
  executable_ = make_backend(backend, options)->load(part);
}

std::vector<std::string_view> loadable_backends() {
  std::vector<std::string_view> names = backend_names();
  std::erase(names, "mtk_converter");
  return names;
}

std::string absence_of(std::string_view backend) {
  try {
    (void)make_backend(backend);
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

std::vector<Tensor> LoadedPart::run(const std::vector<Tensor>& inputs) {
  const Signature& signature = executable_->signature();
  std::int64_t length = 0;
  std::vector<const Tensor*> input_pointers;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    input_pointers.push_back(&inputs[i]);
    const auto axis = signature.inputs[i].variable_axis;
    if (axis) length = inputs[i].shape()[static_cast<std::size_t>(*axis)];
  }
  std::vector<Tensor> outputs;
  for (const Signature::Port& port : signature.outputs) {
    Shape shape = port.shape;
    if (port.variable_axis) shape[static_cast<std::size_t>(*port.variable_axis)] = length;
    outputs.emplace_back(DType::float32, shape);
  }
  std::vector<Tensor*> output_pointers;
  output_pointers.reserve(outputs.size());
  for (Tensor& output : outputs) output_pointers.push_back(&output);
  executable_->run(input_pointers, output_pointers);
  return outputs;
}

std::vector<float> random_values(std::int64_t count, std::uint64_t seed, float reach) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<float> uniform(-reach, reach);
  std::vector<float> values(static_cast<std::size_t>(count));
  std::generate(values.begin(), values.end(), [&] { return uniform(random); });
  return values;
}

Tensor random_tensor(const Shape& shape, std::uint64_t seed, float reach) {
  Tensor tensor(DType::float32, shape);
  const std::vector<float> values = random_values(tensor.size(), seed, reach);
  std::copy(values.begin(), values.end(), tensor.floats().begin());
  return tensor;
}

PlainTensor to_plain(const Tensor& tensor) {
  return {tensor.shape(), {tensor.floats().begin(), tensor.floats().end()}};
}

double relative_difference(const Tensor& found, const PlainTensor& expected) {
  double difference = 0.0, largest = 0.0;
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    const double here = std::abs(static_cast<double>(found.floats()[i]) - expected.values[i]);
    if (!(here <= difference)) difference = here;  // keeps a NaN
    largest = std::max(largest, std::abs(expected.values[i]));
  }
  return difference / largest;
}

}  // namespace sotto::test
