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

// A half of the model in TorchScript or, where there is none, in TFLite.
const FileRecord& half(const Manifest& manifest, GraphKind kind) {
  const FileRecord* found = find_record(manifest, graph_role(kind, Form::torchscript));
  return found != nullptr ? *found : record(manifest, graph_role(kind, Form::tflite));
}
const FileRecord& encoder_record(const Manifest& manifest) {
  return half(manifest, GraphKind::encoder);
}
const FileRecord& decoder_record(const Manifest& manifest) {
  return half(manifest, GraphKind::decoder);
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

ordered_json encoder_json(const Manifest& manifest) {
  const FileRecord& file = encoder_record(manifest);
  const Shape& output = file.signature.outputs.at(0).shape;
  return {
      {"input_shape", file.signature.inputs.at(0).shape},
      {"output_shape", output},
      {"n_mels", dim(manifest, "n_mels")},
      {"n_ctx", output.at(1)},
      {"n_state", dim(manifest, "n_audio_state")},
      {"n_head", dim(manifest, "n_audio_head")},
      {"n_layer", dim(manifest, "n_audio_layer")},
      {"file", file.name},
  };
}

ordered_json decoder_json(const Manifest& manifest) {
  const FileRecord& file = decoder_record(manifest);
  return {
      {"input_embedding_shape", file.signature.inputs.at(0).shape},
      {"input_encoder_shape", file.signature.inputs.at(1).shape},
      {"output_shape", file.signature.outputs.at(0).shape},
      {"n_vocab", dim(manifest, "n_vocab")},
      {"n_ctx", dim(manifest, "n_text_ctx")},
      {"n_state", dim(manifest, "n_text_state")},
      {"n_head", dim(manifest, "n_text_head")},
      {"n_layer", dim(manifest, "n_text_layer")},
      {"file", file.name},
  };
}

ordered_json notes(const Manifest& manifest) {
  const std::int64_t rows = encoder_record(manifest).signature.outputs.at(0).shape.at(1);
  const std::int64_t frames = manifest.frames;
  return {
      concat("The encoder takes a log-mel spectrogram; ", seconds(frames).dump(),
             " seconds of audio are ", frames, " frames"),
      "The decoder takes embeddings that have been looked up, not token ids",
      "The token embedding is looked up on the CPU, for NPUs have no GATHER",
      concat("The stride of 2 in the second convolution takes the ", frames, " frames to ", rows,
             " rows"),
      find_record(manifest, graph_role(GraphKind::step, Form::tflite)) == nullptr
          ? "No KV cache: every step runs the whole sequence"
          : "The decoder runs the whole sequence at every step; the step and prefill graphs run "
            "new "
            "tokens over a KV cache that the host keeps",
  };
}

std::string text_of(const ordered_json& document) { return document.dump(2) + "\n"; }

}  // namespace

std::string embedding_info_json(const Manifest& manifest) {
  return text_of({
      {"vocab_size", dim(manifest, "n_vocab")},
      {"embedding_dim", dim(manifest, "n_text_state")},
      {"token_embedding_file", file_name(manifest, role::token_embedding)},
      {"dtype", "float32"},
      {"notes", "Token embedding weights, looked up on the CPU (NPUs have no GATHER)"},
  });
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
