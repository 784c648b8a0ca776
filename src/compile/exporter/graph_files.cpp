#include "compile/exporter/graph_files.h"

#include <memory>
#include <utility>

#include "compile/emitters/torchscript/torchscript_writer.h"
#include "core/base/error.h"
#include "model/whisper/alignment_decoder.h"
#include "model/whisper/builders.h"
#include "model/whisper/kv_builders.h"

namespace sotto {
namespace {

/// A graph of the model and its files' names in both formats.
struct NamedGraph {
  std::string_view torchscript_role, tflite_role;
  std::string torchscript_name, tflite_name;
  Graph graph;
};

// Builds each graph that is wanted, once for both formats.
class Planner {
 public:
  Planner(const ExportOptions& options, const Checkpoint& checkpoint, const std::string& name)
      : options_(options),
        checkpoint_(checkpoint),
        frames_(options.frames > 0 ? options.frames : 2 * checkpoint.dims.n_audio_ctx),
        encoder_(concat("encoder_", name, "_")),
        decoder_(concat("decoder_", name, "_", checkpoint.dims.n_text_ctx)) {}

  std::vector<NamedGraph> full() const {
    std::vector<NamedGraph> graphs;
    const std::string window = concat(encoder_, frames_);
    graphs.push_back({role::encoder_torchscript, role::encoder_tflite, window + ".pt",
                      concat(encoder_, checkpoint_.dims.n_mels, "x", frames_, ".tflite"),
                      build_encoder_core(checkpoint_, options_.frames)});
    graphs.push_back(decoder(role::decoder_torchscript, role::decoder_tflite, "",
                             build_decoder_core(checkpoint_, {0, frames_ / 2})));
    if (options_.alignment) {
      const auto heads = choose_alignment_heads(checkpoint_, options_.alignment_heads);
      graphs.push_back(
          decoder(role::decoder_alignment_torchscript, role::decoder_alignment_tflite, "_alignment",
                  build_alignment_decoder(checkpoint_, layers_of(heads), {0, frames_ / 2})));
    }
    return graphs;
  }

  std::vector<NamedGraph> with_cache() const {
    std::vector<NamedGraph> graphs;
    const std::string name = concat(encoder_, frames_, "_crosskv");
    graphs.push_back({role::encoder_crosskv_torchscript, role::encoder_crosskv_tflite, name + ".pt",
                      name + ".tflite", build_crosskv_encoder(checkpoint_, options_.frames)});
    graphs.push_back(decoder(role::decoder_step_torchscript, role::decoder_step_tflite, "_step",
                             build_kv_decoder(checkpoint_, {1, frames_ / 2})));
    const std::int64_t tokens = prefill_tokens();
    graphs.push_back(decoder(role::decoder_prefill_torchscript, role::decoder_prefill_tflite,
                             concat("_prefill", tokens),
                             build_kv_decoder(checkpoint_, {tokens, frames_ / 2})));
    return graphs;
  }

 private:
  NamedGraph decoder(std::string_view torchscript_role, std::string_view tflite_role,
                     const std::string& ending, Graph graph) const {
    return {torchscript_role, tflite_role, concat(decoder_, ending, ".pt"),
            concat(decoder_, ending, ".tflite"), std::move(graph)};
  }

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
  std::string encoder_, decoder_;
};

GraphFile torchscript_file(const NamedGraph& named) {
  const auto graph = std::make_shared<const Graph>(named.graph);
  return {named.torchscript_role,
          named.torchscript_name,
          input_records(*graph),
          output_records(*graph),
          weight_bytes(*graph, WeightType::float32),
          [graph](ByteSink& sink) { write_torchscript(*graph, sink); }};
}

GraphFile tflite_file(const NamedGraph& named, const ExportOptions& options) {
  const WeightType weights = options.weights;
  const auto lowered = std::make_shared<const Graph>(lower(named.graph, options.lowering));
  return {named.tflite_role,
          named.tflite_name,
          input_records(*lowered),
          output_records(*lowered),
          weight_bytes(*lowered, weights),
          [lowered, weights](ByteSink& sink) { write_tflite(*lowered, weights, sink); }};
}

}  // namespace

// Graphs with a cache are TFLite's way to decode; TorchScript's are for comparison with them.
std::vector<GraphFile> plan_graph_files(const ExportOptions& options, const Checkpoint& checkpoint,
                                        const std::string& model_name) {
  const Planner planner(options, checkpoint, model_name);
  std::vector<NamedGraph> graphs = planner.full();
  if (options.format != ExportFormat::torchscript) {
    for (NamedGraph& graph : planner.with_cache()) graphs.push_back(std::move(graph));
  }
  std::vector<GraphFile> files;
  if (options.format != ExportFormat::tflite) {
    for (const NamedGraph& graph : graphs) files.push_back(torchscript_file(graph));
  }
  if (options.format != ExportFormat::torchscript) {
    for (const NamedGraph& graph : graphs) files.push_back(tflite_file(graph, options));
  }
  return files;
}

}  // namespace sotto
