#include "run/verifier/report_json.h"

#include <nlohmann/json.hpp>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "run/verifier/folder.h"
#include "run/verifier/text_match.h"

namespace sotto {

namespace {

using Json = nlohmann::ordered_json;

/// What a result is compared with: its text and its tokens.
struct Reference {
  const std::string& text;
  const std::vector<TokenId>& tokens;
};

Json comparison(const Reference& reference, const PlainTranscript& result) {
  return {{"text_match", compare_texts(reference.text, result.text) == TextMatch::equal},
          {"baseline_text", reference.text},
          {"result_text", result.text},
          {"baseline_tokens", reference.tokens},
          {"result_tokens", result.tokens}};
}

Json comparison(const ClipReport& clip) {
  if (!clip.given) return comparison({clip.baseline.text, clip.baseline.tokens}, clip.artifacts);
  Json json = comparison({clip.given->text, clip.given->tokens}, clip.artifacts);
  json["only_punctuation_or_case_differs"] =
      compare_texts(clip.given->text, clip.artifacts.text) == TextMatch::letters_equal;
  json["baseline_with_timestamps"] = clip.given->with_timestamps;
  return json;
}

Json computed_baseline(const VerifyReport& report, const ClipReport& clip) {
  const PlainTranscript& baseline = clip.baseline;
  return {{"source", report.baseline_source},
          {"tokens_match", clip.tokens_match()},
          {"language", baseline.language},
          {"tokens", baseline.tokens},
          {"text", baseline.text},
          {"encode_time", baseline.encode_time},
          {"decode_time", baseline.decode_time},
          {"total_time", baseline.total_time()}};
}

Json difference(const Difference& difference) {
  return {{"largest_difference", difference.largest},
          {"largest_value", difference.largest_value},
          {"relative", difference.relative()}};
}

Json numbers(const ClipReport& clip) {
  Json json = {
      {"mel", difference(clip.mel)},
      {"encoder_output", clip.encoder_output ? difference(*clip.encoder_output) : Json(nullptr)},
      {"logits", difference(clip.logits)}};
  json["logits"]["steps"] = clip.logit_steps;
  for (const LayerNumbers& graph : clip.layers) {
    Json& layers = json["layers"][graph.graph];
    for (const LayerDifference& layer : graph.layers) {
      layers[layer.layer] = difference(layer.difference);
    }
  }
  return json;
}

const char* name_of(DecodingLoop loop) { return loop == DecodingLoop::full ? "full" : "plain"; }

/// Adds what the artifacts ran on, where that is not the processor.
Json with_device(Json json, const VerifyReport& report) {
  if (report.device.name.empty()) return json;
  json["device"] = report.device.name;
  json["simulated"] = report.device.is_simulated;
  return json;
}

Json clip_object(const VerifyReport& report, const ClipReport& clip) {
  const PlainTranscript& result = clip.artifacts;
  Json json = {{"audio_file", result.audio_file.filename().string()},
               {"language", result.language},
               {"tokens", result.tokens},
               {"text", result.text},
               {"encode_time", result.encode_time},
               {"decode_time", result.decode_time},
               {"total_time", result.total_time()},
               {"num_tokens", result.tokens.size()},
               {"comparison", comparison(clip)},
               {"backend", report.backend},
               {"decoder", report.with_kv ? "kv" : "full"},
               {"decoding", name_of(report.decoding)},
               {"computed_baseline", computed_baseline(report, clip)},
               {"numbers", numbers(clip)}};
  return with_device(std::move(json), report);
}

Json clips_object(const VerifyReport& report) {
  Json json = Json::object();
  for (const ClipReport& clip : report.clips) json[clip.clip.name()] = clip_object(report, clip);
  return json;
}

/// pt_ for the TorchScript files and the weights in them, tflite_ for TFLite files and what is made
/// of them; then what is not the pipeline's own way: the decoder with a cache, Whisper's whole
/// decoding.
std::string file_prefix(const VerifyReport& report) {
  const bool is_tflite = !report.form.empty() && report.form != entry_of(Form::torchscript).name;
  return concat(is_tflite ? "tflite_" : "pt_", report.with_kv ? "kv_" : "",
                report.decoding == DecodingLoop::full ? "full_" : "");
}

std::string text(const Json& json) {
  // File names may hold bytes that are no UTF-8; JSON cannot.
  return json.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string clip_json(const VerifyReport& report, const ClipReport& clip) {
  return text(clip_object(report, clip));
}

std::string summary_json(const VerifyReport& report) { return text(clips_object(report)); }

std::string report_json(const VerifyReport& report) {
  Json json = {{"model", report.model},
               {"backend", report.backend},
               {"decoder", report.with_kv ? "kv" : "full"},
               {"decoding", name_of(report.decoding)},
               {"baseline_source", report.baseline_source},
               {"baseline_from_bundle", report.baseline_from_bundle},
               {"baseline_load_time", report.baseline_load_time},
               {"artifacts_load_time", report.artifacts_load_time},
               {"passed", report.passed()},
               {"clips", clips_object(report)}};
  return text(with_device(std::move(json), report));
}

void write_results(const VerifyReport& report, const std::filesystem::path& folder) {
  const auto write = [&](const std::string& name, const std::string& json) {
    AtomicFile file(folder / name);
    file.write_text(json);
    file.commit();
  };
  const std::string prefix = file_prefix(report);
  make_folder(folder);
  for (const ClipReport& clip : report.clips) {
    write(prefix + clip.clip.name() + ".json", clip_json(report, clip));
  }
  write(prefix + "summary.json", summary_json(report));
}

}  // namespace sotto
