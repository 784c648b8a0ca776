#include "compile/exporter/graph_files.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "compile/emitters/torchscript/torchscript_writer.h"
#include "core/base/error.h"
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

  /// Those that are wanted, in the table's order.
  std::vector<NamedGraph> graphs() const {
    std::vector<NamedGraph> graphs;
    for (const GraphEntry& entry : graph_table()) {
      if (is_wanted(entry.kind)) graphs.push_back({entry.kind, build(entry.kind)});
    }
    return graphs;
  }

  GraphNaming naming(const std::string& model) const {
    return {model, checkpoint_.dims.n_mels, frames_, checkpoint_.dims.n_text_ctx, prefill_tokens()};
  }

 private:
  // Graphs with a cache are TFLite's way to decode; TorchScript's are for comparison with them.
  bool is_wanted(GraphKind kind) const {
    if (kind == GraphKind::alignment && options_.alignment) return true;
    if (!options_.graphs.empty()) {
      return std::find(options_.graphs.begin(), options_.graphs.end(), kind) !=
             options_.graphs.end();
    }
    if (kind == GraphKind::encoder || kind == GraphKind::decoder) return true;
    return kind != GraphKind::alignment && options_.format != ExportFormat::torchscript;
  }

  Graph build(GraphKind kind) const {
    switch (kind) {
      case GraphKind::encoder:
        return build_encoder_core(checkpoint_, options_.frames);
      case GraphKind::decoder:
        return build_decoder_core(checkpoint_, {0, frames_ / 2});
      case GraphKind::alignment:
        return build_alignment_decoder(
            checkpoint_, layers_of(choose_alignment_heads(checkpoint_, options_.alignment_heads)),
            {0, frames_ / 2});
      case GraphKind::crosskv:
        return build_crosskv_encoder(checkpoint_, options_.frames);
      case GraphKind::step:
        return build_kv_decoder(checkpoint_, {1, frames_ / 2});
      case GraphKind::prefill:
        return build_kv_decoder(checkpoint_, {prefill_tokens(), frames_ / 2});
    }
    fail(ErrorKind::internal, "a graph of no kind");
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
  return {graph_file_name(named.kind, Form::torchscript, naming),
          {{graph_role(named.kind, Form::torchscript), described(named.kind, *graph)}},
          weight_bytes(*graph, WeightType::float32),
          [graph](ByteSink& sink) { write_torchscript(*graph, sink); }};
}

/// A graph as TFLite files hold it.
struct Lowered {
  GraphKind kind;
  std::shared_ptr<const Graph> graph;
};

GraphFile tflite_file(const Lowered& lowered, const GraphNaming& naming, WeightType weights) {
  const auto& [kind, graph] = lowered;
  return {graph_file_name(kind, Form::tflite, naming),
          {{graph_role(kind, Form::tflite), described(kind, *graph)}},
          weight_bytes(*graph, weights),
          [graph = graph, weights](ByteSink& sink) { write_tflite(*graph, weights, sink); }};
}

GraphFile kv_file(const std::vector<Lowered>& both, const GraphNaming& naming, WeightType weights) {
  GraphFile file;
  file.name = kv_file_name(naming);
  std::vector<SignedGraph> graphs;
  for (const auto& [kind, graph] : both) {
    const std::string key(entry_of(kind).name);
    file.graphs.push_back({graph_role(kind, Form::tflite), described(kind, *graph), key});
    graphs.push_back({key, graph.get()});
  }
  file.weight_bytes = weight_bytes(graphs, weights);
  file.write = [both, graphs, name = file.name, weights](ByteSink& sink) {
    write_tflite(graphs, std::filesystem::path(name).stem().string(), weights, sink);
  };
  return file;
}

bool is_over_a_cache(GraphKind kind) {
  return kind == GraphKind::step || kind == GraphKind::prefill;
}

/// Step and prefill in one file, where both are there, which comes last.
std::vector<GraphFile> tflite_files(const std::vector<NamedGraph>& graphs,
                                    const GraphNaming& naming, const ExportOptions& options) {
  std::vector<GraphFile> files;
  std::vector<Lowered> over_a_cache;
  for (const auto& [kind, graph] : graphs) {
    Lowered lowered{kind, std::make_shared<const Graph>(lower(graph, options.lowering))};
    if (is_over_a_cache(kind)) {
      over_a_cache.push_back(std::move(lowered));
    } else {
      files.push_back(tflite_file(lowered, naming, options.weights));
    }
  }
  if (over_a_cache.size() == 1) {
    files.push_back(tflite_file(over_a_cache.front(), naming, options.weights));
  } else if (over_a_cache.size() > 1) {
    files.push_back(kv_file(over_a_cache, naming, options.weights));
  }
  return files;
}

void check_graphs(const ExportOptions& options) {
  const auto is_there = [&](GraphKind kind) {
    return options.graphs.empty() ||
           std::find(options.graphs.begin(), options.graphs.end(), kind) != options.graphs.end();
  };
  const auto require = [&](GraphKind kind, GraphKind needed) {
    if (!is_there(kind) || is_there(needed)) return;
    fail(ErrorKind::usage, Option{"graphs"}, ": expected ", entry_of(needed).name, " with ",
         entry_of(kind).name, ", which decodes nothing without it");
  };
  if (options.graphs.empty()) return;
  require(GraphKind::prefill, GraphKind::step);
  require(GraphKind::step, GraphKind::crosskv);
}

}  // namespace

std::vector<GraphFile> plan_graph_files(const ExportOptions& options, const Checkpoint& checkpoint,
                                        const std::string& model_name) {
  check_graphs(options);
  const Planner planner(options, checkpoint);
  const GraphNaming naming = planner.naming(model_name);
  const std::vector<NamedGraph> graphs = planner.graphs();
  std::vector<GraphFile> files;
  if (options.format != ExportFormat::tflite) {
    for (const NamedGraph& graph : graphs) files.push_back(torchscript_file(graph, naming));
  }
  if (options.format != ExportFormat::torchscript) {
    for (GraphFile& file : tflite_files(graphs, naming, options)) files.push_back(std::move(file));
  }
  return files;
}

}  // namespace sotto
