#include "run/engine/model_sources.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/archive/npy_reader.h"
#include "core/base/error.h"
#include "core/bundle/bundle_model.h"
#include "core/bundle/graph_signatures.h"

namespace sotto {
namespace {

TensorView read_table(const std::shared_ptr<const MappedFile>& file, const Shape& expected) {
  const std::string source = file->path().string();
  TensorView table = parse_npy(file->bytes(), source, file);
  if (table.shape == expected) return table;
  fail(ErrorKind::mismatch, source, ": expected ", to_string(expected),
       " by the model's dims, found ", to_string(table.shape));
}

bool shares_a_file(const ModelPart& part) {
  return std::any_of(part.files.begin(), part.files.end(),
                     [](const auto& file) { return !file.second.signature_key.empty(); });
}

/// Puts the files that hold graphs where their graphs are.
class GraphCollector {
 public:
  GraphCollector(const Bundle& bundle, HashCheck hashes, ModelSources& sources)
      : bundle_(bundle),
        hashes_(hashes),
        sources_(sources),
        manifest_((bundle.folder() / kManifestName).string()) {}

  void add(const FileRecord& file) {
    const auto role = parse_graph_role(file.role);
    if (!role) return;
    const GraphKind kind = role->graph;
    Signature signature = signature_of_file(kind, sources_.dims, file, manifest_);
    ModelSources::GraphFiles& graph = sources_.graphs[kind];
    if (graph.files.empty()) {
      graph.signature = std::move(signature);
    } else {  // of one graph, whatever its form: the layers of alignment, the tokens of a prefill
      check_signature(graph.signature, signature, manifest_ + ": " + file.name);
    }
    const std::string form = file.role.substr(entry_of(kind).role.size() + 1);
    graph.files[form] = {bundle_.folder() / file.name,
                         hashes_ == HashCheck::by_part ? file.sha256 : std::string(),
                         file.signature_key};
  }

 private:
  const Bundle& bundle_;
  HashCheck hashes_;
  ModelSources& sources_;
  std::string manifest_;
};

}  // namespace

ModelSources sources_of(const Bundle& bundle, HashCheck hashes) {
  const BundleModel model = model_of(bundle);
  ModelSources sources;
  sources.path = bundle.folder();
  sources.name = bundle.manifest().model_name;
  sources.dims = model.dims;
  sources.alignment_heads = model.alignment_heads;
  sources.vocabulary = vocabulary_of(bundle, model);
  const auto& dims = sources.dims;
  const auto embedding = MappedFile::open(bundle.file(role::token_embedding));
  sources.embedding = read_table(embedding, {dims.n_vocab, dims.n_text_state});
  sources.embedding_source = embedding->path().string();
  if (bundle.has(role::position_embedding)) {
    sources.positions = read_table(MappedFile::open(bundle.file(role::position_embedding)),
                                   {dims.n_text_ctx, dims.n_text_state});
  }
  sources.prefill_tokens = usual_prefill_tokens(dims);
  GraphCollector collector(bundle, hashes, sources);
  for (const FileRecord& file : bundle.manifest().files) collector.add(file);
  if (const auto prefill = sources.graphs.find(GraphKind::prefill);
      prefill != sources.graphs.end()) {
    sources.prefill_tokens = prefill->second.signature.inputs.front().shape.at(1);
  }
  return sources;
}

ModelPart ModelSources::part(GraphKind kind, std::span<const std::int64_t> layers) const {
  ModelPart part;
  part.name = entry_of(kind).title;
  if (const auto found = graphs.find(kind); found != graphs.end()) {
    part.signature = found->second.signature;
    part.files = found->second.files;
  }
  part.limits = limits_of(kind, dims, kind == GraphKind::prefill ? prefill_tokens : 1);
  if (kind == GraphKind::step && shares_a_file(part)) {  // with the prefill, which takes more
    part.limits = limits_of(GraphKind::prefill, dims, prefill_tokens);
  }
  part.trust = trust;
  if (builder == nullptr) return part;
  if (kind == GraphKind::alignment) {
    part.graph = [builder = builder, layers = std::vector(layers.begin(), layers.end())](
                     std::int64_t length) { return builder->build_alignment(layers, length); };
  } else {
    part.graph = [builder = builder, kind](std::int64_t length) {
      return builder->build(kind, length);
    };
  }
  return part;
}

}  // namespace sotto
