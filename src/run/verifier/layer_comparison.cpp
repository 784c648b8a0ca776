#include "run/verifier/layer_comparison.h"

#include <filesystem>

#include "core/base/error.h"
#include "core/base/scratch_file.h"
#include "core/tflite/exposed_tensors.h"
#include "run/backends/registry.h"
#include "run/engine/model_sources.h"
#include "run/engine/token_embedding.h"

namespace sotto {
namespace {

constexpr double kNoteworthy = 1e-4, kGrowth = 4.0;
constexpr std::string_view kLayerEnd = ".residual";

/// The graph with what each residual adds up to as outputs, after its own.
Graph with_layers(Graph graph) {
  for (const Node& node : std::vector<Node>(graph.nodes())) {
    const std::string& name = graph.value(node.output).name;
    if (name.ends_with(kLayerEnd)) graph.add_output(node.output);
  }
  return graph;
}

/// A graph as a part for the cpu back end, and as one in a file, that puts out its layers.
ModelPart exposed(const ModelPart& part) {
  ModelPart result = part;
  result.files.clear();
  result.graph = [build = part.graph](std::int64_t length) { return with_layers(build(length)); };
  return result;
}

ModelPart exposed_file(const ModelPart& part, const Graph& graph,
                       const std::filesystem::path& file) {
  ModelPart result = part;
  result.signature = signature_of(with_layers(graph));
  result.files = {{std::string(entry_of(Form::tflite).name), {file}}};
  return result;
}

std::vector<std::string> layer_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes()) {
    if (graph.value(node.output).name.ends_with(kLayerEnd)) {
      names.push_back(graph.value(node.output).name);
    }
  }
  return names;
}

std::vector<Tensor> run(Executable& executable, const std::vector<const Tensor*>& inputs,
                        std::int64_t length) {
  std::vector<Tensor> outputs;
  for (const Signature::Port& port : executable.signature().outputs) {
    Shape shape = port.shape;
    if (port.variable_axis) shape[static_cast<std::size_t>(*port.variable_axis)] = length;
    outputs.emplace_back(port.dtype, shape);
  }
  std::vector<Tensor*> pointers;
  pointers.reserve(outputs.size());
  for (Tensor& output : outputs) pointers.push_back(&output);
  executable.run(inputs, pointers);
  return outputs;
}

}  // namespace

const LayerDifference* LayerNumbers::first_growth() const {
  double before = 0.0;
  for (const LayerDifference& layer : layers) {
    const double here = layer.difference.relative();
    if (here > kNoteworthy && here > kGrowth * before) return &layer;
    before = here;
  }
  return nullptr;
}

LayerComparison::LayerComparison(const Bundle& bundle, const CheckpointSource& baseline,
                                 const BackendOptions& options) {
  const ModelSources files = sources_of(bundle, HashCheck::done);
  weights_ = sources_with_weights(baseline, files.frames());
  const auto both = [&](GraphKind kind) {
    return load(files.part(kind), weights_.part(kind), options);
  };
  encoder_ = both(GraphKind::encoder);
  decoder_ = both(GraphKind::decoder);
}

LayerComparison::Graphs LayerComparison::load(const ModelPart& file, const ModelPart& baseline,
                                              const BackendOptions& options) {
  const PartFile* tflite = file.file(entry_of(Form::tflite).name);
  if (tflite == nullptr) {
    fail(ErrorKind::not_found, Option{"layers"}, ": expected a TFLite file of the ", file.name,
         ", found none: export with ", Option{"format", "tflite"});
  }
  const ScratchFile scratch;
  const Graph graph = baseline.graph(0);
  expose_tensors(tflite->path, scratch.path(), layer_names(graph));
  return {file.name,
          make_backend("litert", options)->load(exposed_file(file, graph, scratch.path())),
          make_backend("cpu", options)->load(exposed(baseline))};
}

LayerNumbers LayerComparison::compare(const Graphs& graphs,
                                      const std::vector<const Tensor*>& inputs, std::int64_t length,
                                      std::vector<Tensor>& reference) {
  const std::vector<Tensor> found = run(*graphs.file, inputs, length);
  reference = run(*graphs.baseline, inputs, length);
  LayerNumbers numbers;
  numbers.graph = graphs.name;
  const auto add = [&](std::size_t output) {
    const std::string& name = graphs.baseline->signature().outputs[output].name;
    numbers.layers.push_back(
        {name, compare_numbers(name, reference[output].floats(), found[output].floats())});
  };
  for (std::size_t output = 1; output < reference.size(); ++output) add(output);
  add(0);  // what the graph is there for comes last
  return numbers;
}

std::vector<LayerNumbers> LayerComparison::compare(const Tensor& mel,
                                                   const std::vector<TokenId>& tokens) {
  std::vector<LayerNumbers> numbers;
  std::vector<Tensor> encoded, decoded;
  numbers.push_back(compare(encoder_, {&mel}, 0, encoded));
  const TokenEmbedding embedding(weights_.embedding, weights_.embedding_source);
  const auto length = static_cast<std::int64_t>(tokens.size());
  Tensor embeddings(DType::float32, {1, length, embedding.width()});
  embedding.look_up(tokens, embeddings.floats());
  numbers.push_back(compare(decoder_, {&embeddings, &encoded.front()}, length, decoded));
  return numbers;
}

}  // namespace sotto
