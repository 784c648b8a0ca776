#include "core/bundle/graph_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/error.h"

namespace sotto {
namespace {

constexpr auto kGraphs = std::to_array<GraphEntry>({
    {GraphKind::encoder, "encoder", "encoder", "encoder", "encoder_{model}_{frames}",
     "encoder_{model}_{mels}x{frames}"},
    {GraphKind::decoder, "decoder", "decoder", "decoder", "decoder_{model}_{context}",
     "decoder_{model}_{context}"},
    {GraphKind::alignment, "alignment", "alignment decoder", "decoder_alignment",
     "decoder_{model}_{context}_alignment", "decoder_{model}_{context}_alignment"},
    {GraphKind::crosskv, "crosskv", "encoder with cross keys and values", "encoder_crosskv",
     "encoder_{model}_{frames}_crosskv", "encoder_{model}_{frames}_crosskv"},
    {GraphKind::step, "step", "decoder step", "decoder_step", "decoder_{model}_{context}_step",
     "decoder_{model}_{context}_step"},
    {GraphKind::prefill, "prefill", "decoder prefill", "decoder_prefill",
     "decoder_{model}_{context}_prefill{tokens}", "decoder_{model}_{context}_prefill{tokens}"},
});

constexpr auto kForms = std::to_array<FormEntry>({
    {Form::torchscript, "torchscript", "TorchScript", ".pt"},
    {Form::tflite, "tflite", "TFLite", ".tflite"},
    {Form::mtk, "mtk", "TFLite by MediaTek's converter", "_mtk.tflite"},
});

/// A pattern with what its places stand for.
std::string named(std::string_view pattern, const GraphNaming& naming) {
  std::string name(pattern);
  const std::array<std::pair<std::string_view, std::string>, 5> values{
      {{"{model}", naming.model},
       {"{mels}", std::to_string(naming.mels)},
       {"{frames}", std::to_string(naming.frames)},
       {"{context}", std::to_string(naming.context)},
       {"{tokens}", std::to_string(naming.prefill_tokens)}}};
  for (const auto& [place, value] : values) {
    const std::size_t found = name.find(place);
    if (found != std::string::npos) name.replace(found, place.size(), value);
  }
  return name;
}

}  // namespace

std::span<const GraphEntry> graph_table() { return kGraphs; }

const GraphEntry& entry_of(GraphKind kind) { return kGraphs.at(static_cast<std::size_t>(kind)); }

std::optional<GraphKind> find_graph(std::string_view name) {
  for (const GraphEntry& entry : kGraphs) {
    if (entry.name == name) return entry.kind;
  }
  return std::nullopt;
}

std::span<const FormEntry> form_table() { return kForms; }

const FormEntry& entry_of(Form form) { return kForms.at(static_cast<std::size_t>(form)); }

std::string kv_file_name(const GraphNaming& naming) {
  return named("decoder_{model}_{context}_kv", naming).append(entry_of(Form::tflite).ending);
}

std::string graph_file_name(GraphKind kind, Form form, const GraphNaming& naming) {
  const GraphEntry& entry = entry_of(kind);
  return named(form == Form::tflite ? entry.tflite_file : entry.file, naming)
      .append(entry_of(form).ending);
}
std::optional<GraphRole> parse_graph_role(std::string_view role) {
  const std::size_t at = std::min(role.find('@'), role.size());
  const std::string_view source = role.substr(0, at);
  for (const GraphEntry& graph : kGraphs) {
    for (const FormEntry& form : kForms) {
      if (source != graph_role(graph.kind, form.form)) continue;
      GraphRole parsed{graph.kind, form.form};
      if (at == role.size()) return parsed;
      const std::string_view target = role.substr(at + 1);
      const std::size_t dot = target.rfind('.');
      if (dot == std::string_view::npos) return std::nullopt;
      parsed.soc = target.substr(0, dot);
      parsed.compiled_as = target.substr(dot + 1);
      return parsed;
    }
  }
  return std::nullopt;
}

std::string graph_role(GraphKind kind, Form form) {
  return concat(entry_of(kind).role, '_', entry_of(form).name);
}

std::string compiled_role(std::string_view role, std::string_view soc,
                          std::string_view compiled_as) {
  return concat(role, '@', soc, '.', compiled_as);
}

bool is_resident_input(std::string_view name) {
  return name == "self_keys" || name == "self_values" || name == "cross_keys" ||
         name == "cross_values";
}

std::int64_t usual_prefill_tokens(const WhisperDims& dims) {
  constexpr std::int64_t kUsual = 64;
  return std::min(kUsual, dims.n_text_ctx);
}

}  // namespace sotto
