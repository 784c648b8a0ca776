#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/bundle/dims.h"

namespace sotto {

/// The graphs that a model is cut into, in the order of a bundle's manifest.
enum class GraphKind {
  encoder,    ///< mel → encoder output
  decoder,    ///< the whole decoder over a whole row of tokens
  alignment,  ///< the decoder as far as the attention that times words
  crosskv,    ///< the encoder, with the keys and values that the decoder makes of its output
  step,       ///< the decoder over one more token, with a cache that the host keeps
  prefill,    ///< the same over several tokens at once
};

/// In what a graph's file is written.
enum class Form {
  torchscript,
  tflite,
  mtk,  ///< TFLite by MediaTek's converter
};

/// One line of the table of graphs.
struct GraphEntry {
  GraphKind kind;
  std::string_view name;   ///< what it is called by: "crosskv"
  std::string_view title;  ///< in sentences
  std::string_view role;   ///< what the roles of its files begin with: "encoder_crosskv"
  std::string_view file;  ///< the pattern of its files' names: {model}, {mels}, {frames}, {context}
                          ///< and {tokens} stand for numbers (GraphNaming)
  std::string_view tflite_file;  ///< the same for TFLite
};
[[nodiscard]] std::span<const GraphEntry> graph_table();
[[nodiscard]] const GraphEntry& entry_of(GraphKind kind);
[[nodiscard]] std::optional<GraphKind> find_graph(std::string_view name);

/// One line of the table of forms.
struct FormEntry {
  Form form;
  std::string_view name;    ///< "torchscript"; roles end with it
  std::string_view title;   ///< in sentences
  std::string_view ending;  ///< of its files' names
};
[[nodiscard]] std::span<const FormEntry> form_table();
[[nodiscard]] const FormEntry& entry_of(Form form);

/// What names of files are made of.
struct GraphNaming {
  std::string model;  ///< "base"
  std::int64_t mels = 0, frames = 0, context = 0;
  std::int64_t prefill_tokens = 0;
};
/// "decoder_base_448_step.tflite".
[[nodiscard]] std::string graph_file_name(GraphKind kind, Form form, const GraphNaming& naming);

/// "decoder_base_448_kv.tflite": step and prefill in one file, which have almost all weights in
/// common. Each is called by the name of its graph there.
[[nodiscard]] std::string kv_file_name(const GraphNaming& naming);

/// A file that holds a graph, by its role in a bundle.
struct GraphRole {
  GraphKind graph;
  Form form;                       ///< of a compiled file, that of what it was compiled from
  std::string_view soc{};          ///< that it is compiled for; empty for files that run anywhere
  std::string_view compiled_as{};  ///< "dla" or "tflite"
};
/// nullopt for another role.
[[nodiscard]] std::optional<GraphRole> parse_graph_role(std::string_view role);

/// "decoder_step_tflite".
[[nodiscard]] std::string graph_role(GraphKind kind, Form form);

/// The role of what became of a file of `role` when it was compiled for a SoC, as "dla" or
/// "tflite": "decoder_step_tflite@mt8371.dla". So a bundle holds what several compilers made.
[[nodiscard]] std::string compiled_role(std::string_view role, std::string_view soc,
                                        std::string_view compiled_as);

/// Whether an input of the graphs with a cache stays where it is from run to run, bound: the caches
/// and what depends on the audio. The others pass to the device anew with every run.
[[nodiscard]] bool is_resident_input(std::string_view name);

/// Prompt tokens that the prefill graph takes at once where nothing else is said: those of a usual
/// prompt in one run, the longest (half of the context and what begins a transcript) in four. At
/// most n_text_ctx.
[[nodiscard]] std::int64_t usual_prefill_tokens(const WhisperDims& dims);

/// What masked attention scores have added: exp of it is 0 in float32, and float16 can hold it
/// (−inf and −1e9 ruin fp16 and quantized graphs).
inline constexpr float kMaskedScore = -1e4F;

}  // namespace sotto
