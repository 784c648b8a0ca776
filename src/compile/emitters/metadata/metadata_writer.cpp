#include "compile/emitters/metadata/metadata_writer.h"

#include <algorithm>

#include "nlohmann/json.hpp"

#include "core/base/error.h"
#include "core/bundle/graph_table.h"

namespace sotto {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kFramesPerSecond = 100;  // of the mel: one every 160 samples at 16 kHz

const FileRecord* find_record(const Manifest& manifest, std::string_view role) {
  const auto found = std::find_if(manifest.files.begin(), manifest.files.end(),
                                  [&](const FileRecord& file) { return file.role == role; });
  return found == manifest.files.end() ? nullptr : &*found;
}

const FileRecord& record(const Manifest& manifest, std::string_view role) {
  const FileRecord* found = find_record(manifest, role);
  if (found == nullptr) {
    fail(ErrorKind::internal, "the metadata was asked for before the record of ", role);
  }
  return *found;
}

/// Names a half of the model's file, in TorchScript or, where there is none, in TFLite; neither
/// where the bundle has other graphs in its place.
void add_file(ordered_json& half, const Manifest& manifest, GraphKind kind) {
  for (const Form form : {Form::torchscript, Form::tflite}) {
    const FileRecord* found = find_record(manifest, graph_role(kind, form));
    if (found == nullptr) continue;
    half["file"] = found->name;
    return;
  }
}

// Every file by its role, but for the description that this is and what it does not describe.
ordered_json files_json(const Manifest& manifest) {
  ordered_json files;
  for (const FileRecord& file : manifest.files) files[file.role] = file.name;
  return files;
}

const std::string& file_name(const Manifest& manifest, std::string_view role) {
  return record(manifest, role).name;
}

// 30 for 3000 frames, 12.5 for 1250.
ordered_json seconds(std::int64_t frames) {
  if (frames % kFramesPerSecond == 0) return frames / kFramesPerSecond;
  return static_cast<double>(frames) / static_cast<double>(kFramesPerSecond);
}

std::int64_t audio_rows(const Manifest& manifest) { return manifest.frames / 2; }

ordered_json encoder_json(const Manifest& manifest) {
  const std::int64_t mels = dim(manifest, "n_mels"), state = dim(manifest, "n_audio_state");
  ordered_json json{
      {"input_shape", Shape{1, mels, manifest.frames}},
      {"output_shape", Shape{1, audio_rows(manifest), state}},
      {"n_mels", mels},
      {"n_ctx", audio_rows(manifest)},
      {"n_state", state},
      {"n_head", dim(manifest, "n_audio_head")},
      {"n_layer", dim(manifest, "n_audio_layer")},
  };
  add_file(json, manifest, GraphKind::encoder);
  return json;
}

ordered_json decoder_json(const Manifest& manifest) {
  const std::int64_t context = dim(manifest, "n_text_ctx"), state = dim(manifest, "n_text_state");
  const std::int64_t words = dim(manifest, "n_vocab");
  ordered_json json{
      {"input_embedding_shape", Shape{1, context, state}},
      {"input_encoder_shape", Shape{1, audio_rows(manifest), dim(manifest, "n_audio_state")}},
      {"output_shape", Shape{1, context, words}},
      {"n_vocab", words},
      {"n_ctx", context},
      {"n_state", state},
      {"n_head", dim(manifest, "n_text_head")},
      {"n_layer", dim(manifest, "n_text_layer")},
  };
  add_file(json, manifest, GraphKind::decoder);
  return json;
}

/// How the bundle's graphs decode.
std::string decoding_note(const Manifest& manifest) {
  const auto has = [&](GraphKind kind) {
    return std::any_of(manifest.files.begin(), manifest.files.end(), [&](const FileRecord& file) {
      const auto role = parse_graph_role(file.role);
      return role && role->graph == kind;
    });
  };
  if (!has(GraphKind::step)) return "No KV cache: every step runs the whole sequence";
  return concat(
      has(GraphKind::decoder) ? "The decoder runs the whole sequence at every step; the" : "The",
      has(GraphKind::prefill) ? " step and prefill graphs run" : " step graph runs",
      " new tokens over a KV cache that the host keeps");
}

ordered_json notes(const Manifest& manifest) {
  const std::int64_t frames = manifest.frames;
  return {
      concat("The encoder takes a log-mel spectrogram; ", seconds(frames).dump(),
             " seconds of audio are ", frames, " frames"),
      "The decoder takes embeddings that have been looked up, not token ids",
      "The token embedding is looked up on the CPU, for NPUs have no GATHER",
      concat("The stride of 2 in the second convolution takes the ", frames, " frames to ",
             audio_rows(manifest), " rows"),
      decoding_note(manifest),
  };
}

std::string text_of(const ordered_json& document) { return document.dump(2) + "\n"; }

}  // namespace

std::string embedding_info_json(const Manifest& manifest, DType dtype) {
  return text_of({
      {"vocab_size", dim(manifest, "n_vocab")},
      {"embedding_dim", dim(manifest, "n_text_state")},
      {"token_embedding_file", file_name(manifest, role::token_embedding)},
      {"dtype", to_string(dtype)},
      {"notes", "Token embedding weights, looked up on the CPU (NPUs have no GATHER)"},
  });
}

std::string metadata_name(const Manifest& manifest) {
  return concat("whisper_", manifest.model_name, "_metadata.json");
}

std::string metadata_json(const Manifest& manifest) {
  const std::string& embedding = file_name(manifest, role::token_embedding);
  const std::string& info = file_name(manifest, role::embedding_info);
  return text_of({
      {"model_name", concat("whisper-", manifest.model_name)},
      {"model_type", "encoder-decoder"},
      {"audio_duration_sec", seconds(manifest.frames)},
      {"encoder", encoder_json(manifest)},
      {"decoder", decoder_json(manifest)},
      {"embedding",
       {{"vocab_size", dim(manifest, "n_vocab")},
        {"embedding_dim", dim(manifest, "n_text_state")},
        {"token_embedding_file", embedding},
        {"info_file", info}}},
      {"files", files_json(manifest)},
      {"notes", notes(manifest)},
  });
}

}  // namespace sotto
