#include "compile/exporter/graph_files.h"

#include <memory>
#include <utility>

#include "compile/emitters/torchscript/torchscript_writer.h"
#include "core/base/error.h"
#include "core/bundle/graph_table.h"
#include "model/whisper/alignment_decoder.h"
#include "model/whisper/builders.h"
#include "model/whisper/kv_builders.h"

namespace sotto {
namespace {

/// A graph of the model.
struct NamedGraph {
  GraphKind kind;
  Graph graph;
};

// Builds each graph that is wanted, once for all forms.
class Planner {
 public:
  Planner(const ExportOptions& options, const Checkpoint& checkpoint)
      : options_(options),
        checkpoint_(checkpoint),
        frames_(options.frames > 0 ? options.frames : 2 * checkpoint.dims.n_audio_ctx) {}

  std::vector<NamedGraph> full() const {
    std::vector<NamedGraph> graphs;
    graphs.push_back({GraphKind::encoder, build_encoder_core(checkpoint_, options_.frames)});
    graphs.push_back({GraphKind::decoder, build_decoder_core(checkpoint_, {0, frames_ / 2})});
    if (options_.alignment) {
      const auto layers = layers_of(choose_alignment_heads(checkpoint_, options_.alignment_heads));
      graphs.push_back(
          {GraphKind::alignment, build_alignment_decoder(checkpoint_, layers, {0, frames_ / 2})});
    }
    return graphs;
  }

  std::vector<NamedGraph> with_cache() const {
    std::vector<NamedGraph> graphs;
    graphs.push_back({GraphKind::crosskv, build_crosskv_encoder(checkpoint_, options_.frames)});
    graphs.push_back({GraphKind::step, build_kv_decoder(checkpoint_, {1, frames_ / 2})});
    graphs.push_back(
        {GraphKind::prefill, build_kv_decoder(checkpoint_, {prefill_tokens(), frames_ / 2})});
    return graphs;
  }

  GraphNaming naming(const std::string& model) const {
    return {model, checkpoint_.dims.n_mels, frames_, checkpoint_.dims.n_text_ctx, prefill_tokens()};
  }

 private:
  std::int64_t prefill_tokens() const {
    const std::int64_t most = checkpoint_.dims.n_text_ctx;
    if (options_.prefill == 0) return usual_prefill_tokens(checkpoint_.dims);
    if (options_.prefill >= 2 && options_.prefill <= most) return options_.prefill;
    fail(ErrorKind::usage, Option{"prefill"}, ": expected 2 to ", most, " tokens, found ",
         options_.prefill);
  }

  const ExportOptions& options_;
  const Checkpoint& checkpoint_;
  std::int64_t frames_;
};

/// What of a graph's ports only its kind says.
Signature described(GraphKind kind, const Graph& graph) {
  Signature signature = signature_of(graph);
  if (kind != GraphKind::step && kind != GraphKind::prefill) return signature;
  for (auto& port : signature.inputs) port.is_resident = is_resident_input(port.name);
  return signature;
}

GraphFile torchscript_file(const NamedGraph& named, const GraphNaming& naming) {
  const auto graph = std::make_shared<const Graph>(named.graph);
  return {graph_role(named.kind, Form::torchscript),
          graph_file_name(named.kind, Form::torchscript, naming), described(named.kind, *graph),
          weight_bytes(*graph, WeightType::float32),
          [graph](ByteSink& sink) { write_torchscript(*graph, sink); }};
}

GraphFile tflite_file(const NamedGraph& named, const GraphNaming& naming,
                      const ExportOptions& options) {
  const WeightType weights = options.weights;
  const auto lowered = std::make_shared<const Graph>(lower(named.graph, options.lowering));
  return {graph_role(named.kind, Form::tflite), graph_file_name(named.kind, Form::tflite, naming),
          described(named.kind, *lowered), weight_bytes(*lowered, weights),
          [lowered, weights](ByteSink& sink) { write_tflite(*lowered, weights, sink); }};
}

}  // namespace

// Graphs with a cache are TFLite's way to decode; TorchScript's are for comparison with them.
std::vector<GraphFile> plan_graph_files(const ExportOptions& options, const Checkpoint& checkpoint,
                                        const std::string& model_name) {
  const Planner planner(options, checkpoint);
  const GraphNaming naming = planner.naming(model_name);
  std::vector<NamedGraph> graphs = planner.full();
  if (options.format != ExportFormat::torchscript) {
    for (NamedGraph& graph : planner.with_cache()) graphs.push_back(std::move(graph));
  }
  std::vector<GraphFile> files;
  if (options.format != ExportFormat::tflite) {
    for (const NamedGraph& graph : graphs) files.push_back(torchscript_file(graph, naming));
  }
  if (options.format != ExportFormat::torchscript) {
    for (const NamedGraph& graph : graphs) files.push_back(tflite_file(graph, naming, options));
  }
  return files;
}

}  // namespace sotto
