#include <algorithm>
#include <map>

#include "core/base/error.h"
#include "model/checkpoint/bundle_reader.h"
#include "model/schema/weights.h"
#include "model/whisper/builders.h"
#include "model/whisper/kv_builders.h"
#include "run/inspector/inspect_parts.h"

namespace sotto {

namespace {

std::string_view kind_of(CheckpointFormat format) {
  switch (format) {
    case CheckpointFormat::openai:
      return "OpenAI checkpoint";
    case CheckpointFormat::hugging_face:
      return "Hugging Face checkpoint";
    case CheckpointFormat::ctranslate2:
      return "CTranslate2 checkpoint";
    case CheckpointFormat::sotto_bundle:
      return "bundle";
  }
  fail(ErrorKind::internal, "a checkpoint format without a name");
}

std::vector<GraphInfo::Port> ports(const Graph& graph, const std::vector<ValueId>& values) {
  std::vector<GraphInfo::Port> ports;
  ports.reserve(values.size());
  for (const ValueId id : values) ports.push_back({graph.value(id).name, graph.shape(id)});
  return ports;
}

void describe_weights(const Checkpoint& checkpoint, Inspection& inspection) {
  inspection.dims = checkpoint.dims;
  inspection.size_name = size_name(checkpoint.dims).value_or("");
  inspection.parameters = parameter_count(checkpoint.dims);
  for (const WeightSpec& spec : weight_table(checkpoint.dims)) {
    const TensorView& tensor = checkpoint.tensors.at(spec.name);
    inspection.tensors.push_back({spec.name, tensor.dtype, tensor.shape});
  }
}

void describe_graphs(const Checkpoint& checkpoint, std::int64_t frames, Inspection& inspection) {
  inspection.graphs.push_back(describe(build_encoder_core(checkpoint, frames)));
  DecoderCoreOptions options;
  options.audio_length = frames / 2;
  inspection.graphs.push_back(describe(build_decoder_core(checkpoint, options)));
  inspection.graphs.push_back(describe(build_crosskv_encoder(checkpoint, frames)));
  inspection.graphs.push_back(describe(build_kv_decoder(checkpoint, {1, frames / 2})));
  inspection.graphs.push_back(
      describe(build_kv_decoder(checkpoint, {usual_prefill_tokens(checkpoint.dims), frames / 2})));
}

std::string head_list(const std::vector<std::pair<std::int64_t, std::int64_t>>& heads) {
  std::string text;
  for (const auto& [layer, head] : heads) {
    text += concat(text.empty() ? "" : " ", "(", layer, ", ", head, ")");
  }
  return text;
}

}  // namespace

std::vector<std::pair<std::string, std::int64_t>> most_frequent_first(
    const std::map<std::string, std::int64_t>& counts) {
  std::vector<std::pair<std::string, std::int64_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return sorted;
}

void GraphInfo::add_boundary(std::string_view port, std::int64_t bytes) {
  (is_resident_input(port) ? resident_bytes : boundary_bytes) += bytes;
}

GraphInfo describe(const Graph& graph) {
  GraphInfo info;
  info.name = graph.name();
  info.inputs = ports(graph, graph.inputs());
  info.outputs = ports(graph, graph.outputs());
  info.cost = cost(graph);
  for (const auto* values : {&graph.inputs(), &graph.outputs()}) {
    for (const ValueId id : *values) {
      const Value& value = graph.value(id);
      const auto bytes =
          num_elements(value.shape) * static_cast<std::int64_t>(size_of(value.dtype));
      info.add_boundary(value.name, bytes);
    }
  }
  std::map<std::string, std::int64_t> counts;
  for (const Node& node : graph.nodes()) ++counts[std::string(op_name(node.op))];
  info.op_counts = most_frequent_first(counts);
  return info;
}

void describe_vocabulary(const Checkpoint& checkpoint, Inspection& inspection) {
  const SourceVocabulary& vocabulary = checkpoint.vocabulary;
  if (vocabulary.refusal) inspection.facts.emplace_back("note", vocabulary.refusal->message());
  if (!vocabulary.layout) return;
  inspection.facts.emplace_back(
      "vocabulary", concat(vocabulary.layout->words, " words, ", vocabulary.layout->languages,
                           " languages", vocabulary.layout->multilingual ? "" : " (English only)",
                           vocabulary.source.empty() ? "" : concat(", from ", vocabulary.source)));
}

void inspect_checkpoint(Inspection& inspection) {
  const Checkpoint checkpoint = read_checkpoint(inspection.path);
  inspection.kind = kind_of(checkpoint.format);
  if (checkpoint.weights != inspection.path) {
    inspection.facts.emplace_back("weights", checkpoint.weights.filename().string());
  }
  if (checkpoint.alignment_heads) {
    inspection.facts.emplace_back("alignment heads", head_list(*checkpoint.alignment_heads));
  }
  for (const std::string& note : checkpoint.notes) inspection.facts.emplace_back("note", note);
  describe_vocabulary(checkpoint, inspection);
  describe_weights(checkpoint, inspection);
  describe_graphs(checkpoint, 0, inspection);
}

void inspect_bundle(Inspection& inspection) {
  const Bundle bundle = Bundle::open(inspection.path);
  const Manifest& manifest = bundle.manifest();
  inspection.kind = "bundle";
  inspection.facts = {
      {"name", manifest.model_name},
      {"format version", std::to_string(manifest.format_version)},
      {"exported from", concat(manifest.source.file, " (", manifest.source.format, ")")},
      {"source SHA-256", manifest.source.sha256},
      {"window",
       concat(manifest.frames, " frames (", static_cast<double>(manifest.frames) / 100, " s)")}};
  if (const auto& adapter = manifest.source.adapter) {
    inspection.facts.emplace_back("merged adapter", concat(adapter->folder, "/", adapter->file));
    inspection.facts.emplace_back("adapter SHA-256", adapter->sha256);
  }
  if (!manifest.alignment_heads.empty()) {
    inspection.facts.emplace_back("alignment heads", head_list(manifest.alignment_heads));
  }
  inspection.files = manifest.files;
  inspection.bytes += total_bytes(manifest);
  const bool has_weights = holds_weights(bundle);
  const Checkpoint checkpoint =
      has_weights ? read_bundle_weights(bundle) : read_bundle_outline(bundle);
  if (has_weights) describe_weights(checkpoint, inspection);
  inspection.dims = checkpoint.dims;
  describe_graphs(checkpoint, manifest.frames, inspection);
  // Where the window was cut, the weights hold fewer positions than the model that they are of.
  for (const DimField& field : dim_fields()) {
    (*inspection.dims).*field.member = dim(manifest, field.name);
  }
  inspection.size_name = size_name(*inspection.dims).value_or("");
}

}  // namespace sotto
