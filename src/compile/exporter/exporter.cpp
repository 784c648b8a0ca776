#include "compile/exporter/exporter.h"

#include <memory>
#include <mutex>
#include <utility>

#include "compile/emitters/metadata/metadata_writer.h"
#include "compile/emitters/npy/npy_writer.h"
#include "compile/exporter/graph_files.h"
#include "core/base/error.h"
#include "core/base/jobs.h"
#include "core/bundle/bundle.h"
#include "core/bundle/bundle_writer.h"
#include "core/bundle/sha256.h"
#include "model/checkpoint/checkpoint.h"
#include "model/checkpoint/checkpoint_vocabulary.h"

namespace sotto {
namespace {

// That write at once: a disk gains nothing from more.
constexpr std::size_t kThreads = 2;

using Progress = std::function<void(const std::string&)>;

std::string choose_name(const ExportOptions& options, const Checkpoint& checkpoint) {
  if (options.name.empty()) {
    if (checkpoint.format == CheckpointFormat::sotto_bundle) {
      return read_manifest(checkpoint.path).model_name;
    }
    if (const auto name = size_name(checkpoint.dims)) return std::string(*name);
    fail(ErrorKind::usage, options.source.string(),
         ": expected the dims of a published Whisper size, found others; give it a name with ",
         Option{"name"});
  }
  if (!is_model_name(options.name)) {
    fail(ErrorKind::usage, Option{"name"},
         ": expected at most 64 letters, digits, '.', '_' and '-', beginning with a letter "
         "or digit, found \"",
         options.name, "\"");
  }
  return options.name;
}

// What the manifest says before there are files; the source's hash comes with them.
Manifest begin_manifest(const ExportOptions& options, const Checkpoint& checkpoint,
                        std::int64_t frames, const VocabularyLayout& layout) {
  Manifest manifest;
  manifest.model_name = choose_name(options, checkpoint);
  manifest.source.file = checkpoint.weights.filename().string();
  manifest.source.format = to_string(checkpoint.format);
  if (checkpoint.adapter) {
    const std::filesystem::path& weights = checkpoint.adapter->weights;
    manifest.source.adapter = {
        weights.parent_path().filename().string(), weights.filename().string(), {}, {}};
  }
  for (const DimField& field : dim_fields()) {
    manifest.dims.emplace_back(field.name, checkpoint.dims.*field.member);
  }
  manifest.frames = frames;
  manifest.vocabulary = layout;
  if (options.alignment_heads) {
    manifest.alignment_heads = choose_alignment_heads(checkpoint, options.alignment_heads);
  } else if (checkpoint.alignment_heads) {
    manifest.alignment_heads = *checkpoint.alignment_heads;
  }
  return manifest;
}

// Everything that an export reads, checked before anything is written.
struct Plan {
  const Checkpoint& checkpoint;
  std::vector<GraphFile> graphs;
  bool has_positions;  // what a host needs besides token rows where graphs do not hold them
  DType embeddings;    // how both are stored
  RankFile vocabulary;
  Manifest manifest;
};

Plan make_plan(const ExportOptions& options, const Checkpoint& checkpoint) {
  const std::int64_t frames = options.frames > 0 ? options.frames : 2 * checkpoint.dims.n_audio_ctx;
  RankFile vocabulary = rank_file_of(checkpoint, options.vocabulary);
  Manifest manifest = begin_manifest(options, checkpoint, frames, vocabulary.layout);
  std::vector<GraphFile> graphs = plan_graph_files(options, checkpoint, manifest.model_name);
  const bool is_half =
      options.format == ExportFormat::tflite && options.weights == WeightType::float16;
  return {checkpoint,
          std::move(graphs),
          options.format != ExportFormat::torchscript,
          is_half ? DType::float16 : DType::float32,
          std::move(vocabulary),
          std::move(manifest)};
}

// Writes the files of a plan into a bundle and collects their records in the manifest.
class FileWriter {
 public:
  FileWriter(Plan& plan, BundleWriter& bundle, const Progress& progress)
      : plan_(plan), manifest_(plan.manifest), bundle_(bundle), progress_(progress) {}

  // The large files, side by side; the largest first, so that both threads end together.
  void write_weights() {
    std::vector<std::vector<FileRecord>> records(plan_.graphs.size());
    FileRecord embedding;
    std::vector<std::pair<std::uint64_t, std::function<void()>>> jobs;
    for (std::size_t i = 0; i < records.size(); ++i) {
      const GraphFile& graph = plan_.graphs[i];
      jobs.emplace_back(graph.weight_bytes, [&, i] { records[i] = graph_records(graph); });
    }
    const TensorView& table = embedding_table();
    const auto table_bytes =
        static_cast<std::uint64_t>(num_elements(table.shape)) * size_of(plan_.embeddings);
    jobs.emplace_back(table_bytes, [&] {
      embedding = npy_file(role::token_embedding, "token_embedding.npy", table);
    });
    jobs.emplace_back(std::filesystem::file_size(plan_.checkpoint.weights), [&] { hash_source(); });
    run_jobs(largest_first(std::move(jobs)), kThreads);
    for (const auto& of_file : records) {
      manifest_.files.insert(manifest_.files.end(), of_file.begin(), of_file.end());
    }
    manifest_.files.push_back(std::move(embedding));
  }

  void write_descriptions() {
    if (plan_.has_positions) {
      manifest_.files.push_back(
          npy_file(role::position_embedding, "position_embedding.npy",
                   plan_.checkpoint.tensors.at("decoder.positional_embedding")));
    }
    add_text(role::embedding_info, "embedding_info.json",
             embedding_info_json(manifest_, plan_.embeddings));
    add_text(role::metadata, metadata_name(manifest_), metadata_json(manifest_));
    const auto vocabulary = plan_.vocabulary.bytes;
    manifest_.files.push_back(file(role::vocabulary, "vocabulary.tiktoken",
                                   [&](ByteSink& sink) { sink.write(vocabulary); }));
  }

 private:
  void hash_source() {
    manifest_.source.sha256 = sha256_of_file(plan_.checkpoint.weights);
    if (!plan_.checkpoint.adapter) return;
    manifest_.source.adapter->sha256 = sha256_of_file(plan_.checkpoint.adapter->weights);
    manifest_.source.adapter->config_sha256 = sha256_of_file(plan_.checkpoint.adapter->config);
  }

  FileRecord file(std::string_view role, const std::string& name,
                  const std::function<void(ByteSink&)>& produce) {
    if (progress_) {
      const std::lock_guard lock(progress_mutex_);
      progress_(name);
    }
    return bundle_.write(role, name, produce);
  }

  // Of one file, a record a graph.
  std::vector<FileRecord> graph_records(const GraphFile& graph) {
    const FileRecord written = file(graph.graphs.front().role, graph.name, graph.write);
    std::vector<FileRecord> records;
    for (const GraphFile::Content& content : graph.graphs) {
      FileRecord record = written;
      record.role = content.role;
      record.signature = content.signature;
      record.signature_key = content.key;
      records.push_back(std::move(record));
    }
    return records;
  }

  [[nodiscard]] const TensorView& embedding_table() const {
    return plan_.checkpoint.tensors.at("decoder.token_embedding.weight");
  }

  FileRecord npy_file(std::string_view role, const std::string& name, const TensorView& table) {
    return file(role, name, [&](ByteSink& sink) { write_npy(table, sink, plan_.embeddings); });
  }

  void add_text(std::string_view role, const std::string& name, const std::string& text) {
    manifest_.files.push_back(file(role, name, [&](ByteSink& sink) { sink.write_text(text); }));
  }

  Plan& plan_;
  Manifest& manifest_;
  BundleWriter& bundle_;
  const Progress& progress_;
  std::mutex progress_mutex_;
};

}  // namespace

ExportReport export_bundle(const ExportOptions& options) {
  check_replaceable(options.output);  // a refusal should not wait for the checkpoint
  const Checkpoint checkpoint = read_checkpoint({options.source, options.base});
  Plan plan = make_plan(options, checkpoint);
  BundleWriter bundle(options.output, options.on_wait);
  FileWriter files(plan, bundle, options.progress);
  files.write_weights();
  files.write_descriptions();
  bundle.commit(plan.manifest);
  return {options.output, std::move(plan.manifest), checkpoint.notes};
}

}  // namespace sotto
