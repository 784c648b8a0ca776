#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compile/emitters/tflite/tflite_writer.h"
#include "compile/passes/pipelines.h"
#include "core/base/target_lock.h"
#include "core/bundle/graph_table.h"
#include "core/bundle/manifest.h"
#include "model/checkpoint/alignment_heads.h"
#include "model/whisper/kv_builders.h"

namespace sotto {

/// The graphs' formats. TFLite comes with the graphs over a key-value cache, for it is what goes on
/// to a device; `all` writes every graph in both.
enum class ExportFormat { torchscript, tflite, all };

struct ExportOptions {
  std::filesystem::path source;  ///< what read_checkpoint() takes
  std::filesystem::path base;    ///< what it takes beside an adapter; else empty
  std::filesystem::path output;  ///< folder: new, empty, or a bundle to replace
  /// For file names; empty: a bundle's own, else the published name of these dims.
  std::string name;
  std::int64_t frames = 0;  ///< mel frames of the window; 0: 2 · n_audio_ctx
  /// Rank file to copy in; empty: the source's own, else the published one (rank_file_of).
  std::filesystem::path vocabulary;
  ExportFormat format = ExportFormat::torchscript;
  /// Which graphs; empty: encoder and decoder, in TFLite all but alignment too. Step and prefill,
  /// where both are wanted, share a TFLite file.
  std::vector<GraphKind> graphs;
  /// Of the TFLite files, and of the embeddings where all graphs are TFLite's.
  WeightType weights = WeightType::float32;
  LoweringOptions lowering;  ///< of the TFLite files
  /// Prompt tokens that the graph for prompts takes at once; 0: usual_prefill_tokens().
  std::int64_t prefill = 0;
  /// Whether to write the decoder that times words too (build_alignment_decoder), which most of the
  /// decoder's weights are in again: back ends that run files need it for word timestamps.
  bool alignment = false;
  /// The heads that time words, for the manifest and that file; absent: the source's own.
  std::optional<AlignmentHeads> alignment_heads;
  /// Told the name of each file as its writing begins, from any thread but one at a time.
  std::function<void(const std::string& file)> progress;
  OnWait on_wait;  ///< told before a wait for another process that writes that folder
};

struct ExportReport {
  std::filesystem::path folder;
  Manifest manifest;
  std::vector<std::string> notes;  ///< what a person should know of how the source was read
};

/// The compile story: checkpoint → graphs → the files of a bundle. Two threads share the work, and
/// memory does not grow with the checkpoint. What is written depends on the model alone, not on
/// the checkpoint's format, the time or the place; only the manifest names the source. On an error
/// nothing has changed.
[[nodiscard]] ExportReport export_bundle(const ExportOptions& options);

}  // namespace sotto
