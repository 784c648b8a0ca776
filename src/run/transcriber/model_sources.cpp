#include "run/transcriber/model_sources.h"

#include <array>
#include <string_view>
#include <utility>

#include "core/archive/npy_reader.h"
#include "core/base/error.h"
#include "core/bundle/bundle.h"
#include "model/checkpoint/bundle_reader.h"
#include "model/whisper/builders.h"
#include "model/whisper/kv_builders.h"

namespace sotto {
namespace {

struct PartRoles {
  PartKind kind;
  std::string_view name;  // for messages
  std::string_view torchscript, tflite, mtk_tflite;
};

constexpr auto kParts = std::to_array<PartRoles>({
    {PartKind::encoder, "encoder", role::encoder_torchscript, role::encoder_tflite,
     role::encoder_mtk},
    {PartKind::decoder, "decoder", role::decoder_torchscript, role::decoder_tflite,
     role::decoder_mtk},
    {PartKind::crosskv_encoder, "encoder with cross keys and values",
     role::encoder_crosskv_torchscript, role::encoder_crosskv_tflite, ""},
    {PartKind::step, "decoder step", role::decoder_step_torchscript, role::decoder_step_tflite, ""},
    {PartKind::prefill, "decoder prefill", role::decoder_prefill_torchscript,
     role::decoder_prefill_tflite, ""},
});

std::string model_name(const Checkpoint& checkpoint) {
  const auto size = size_name(checkpoint.dims);
  return size ? std::string(*size) : checkpoint.path.stem().string();
}

std::filesystem::path file_of(const Bundle& bundle, std::string_view role) {
  return bundle.has(role) ? bundle.file(role) : std::filesystem::path();
}

std::string sha256_of(const Bundle& bundle, std::string_view role) {
  return bundle.has(role) ? bundle.record(role).sha256 : std::string();
}

/// The tokens that a bundle's prefill graph takes; what a new one would where it has none.
std::int64_t prefill_tokens(const Bundle& bundle, const WhisperDims& dims) {
  for (const auto role : {role::decoder_prefill_tflite, role::decoder_prefill_torchscript}) {
    if (!bundle.has(role)) continue;
    const FileRecord& record = bundle.record(role);
    const Shape shape = record.inputs.empty() ? Shape{} : record.inputs.front().shape;
    if (shape.size() == 3 && shape[1] >= 1 && shape[1] <= dims.n_text_ctx) return shape[1];
    fail(ErrorKind::mismatch, (bundle.folder() / kManifestName).string(), ": expected ",
         record.name, " to take embeddings [1, N, ", dims.n_text_state, "] of 1 to ",
         dims.n_text_ctx, " tokens first, found ", to_string(shape));
  }
  return usual_prefill_tokens(dims);
}

AlignmentSource alignment_of(const Bundle& bundle) {
  AlignmentSource source;
  for (const auto role : {role::decoder_alignment_torchscript, role::decoder_alignment_tflite}) {
    if (bundle.has(role)) source.outputs = bundle.record(role).outputs;
  }
  source.torchscript = file_of(bundle, role::decoder_alignment_torchscript);
  source.torchscript_sha256 = sha256_of(bundle, role::decoder_alignment_torchscript);
  source.tflite = file_of(bundle, role::decoder_alignment_tflite);
  return source;
}

TensorView read_positions(const std::filesystem::path& file, const WhisperDims& dims) {
  TensorView positions = read_npy(file);
  const Shape expected{dims.n_text_ctx, dims.n_text_state};
  if (positions.shape != expected) {
    fail(ErrorKind::mismatch, file.string(), ": expected ", to_string(expected),
         " by the model's dims, found ", to_string(positions.shape));
  }
  return positions;
}

}  // namespace

ModelSources ModelSources::of_bundle(const std::filesystem::path& path) {
  const Bundle bundle = Bundle::open(path);
  ModelSources sources;
  sources.has_weights = bundle.has(role::encoder_torchscript);
  sources.checkpoint = std::make_shared<const Checkpoint>(
      sources.has_weights ? read_checkpoint(path) : read_bundle_outline(path));
  sources.path = path;
  sources.name = bundle.manifest().model_name;
  sources.frames = bundle.manifest().frames;
  sources.vocabulary = rank_file_of(*sources.checkpoint);
  sources.embedding = read_npy(bundle.file(role::token_embedding));
  sources.embedding_source = bundle.file(role::token_embedding).string();
  sources.positions =
      sources.has_weights
          ? sources.checkpoint->tensors.at("decoder.positional_embedding")
          : read_positions(bundle.file(role::position_embedding), sources.checkpoint->dims);
  for (const PartRoles& part : kParts) {
    sources.files[part.kind] = {file_of(bundle, part.torchscript), file_of(bundle, part.tflite),
                                file_of(bundle, part.mtk_tflite),
                                sha256_of(bundle, part.torchscript)};
  }
  sources.prefill_tokens = sotto::prefill_tokens(bundle, sources.checkpoint->dims);
  sources.alignment = alignment_of(bundle);
  sources.alignment.checkpoint = sources.checkpoint;
  sources.alignment.audio_length = sources.frames / 2;
  return sources;
}

ModelSources ModelSources::of_weights(const CheckpointSource& source, std::int64_t frames) {
  ModelSources sources;
  sources.checkpoint = std::make_shared<const Checkpoint>(read_checkpoint(source));
  const Checkpoint& checkpoint = *sources.checkpoint;
  sources.path = source.path;
  sources.name = model_name(checkpoint);
  sources.frames = frames > 0 ? frames : 2 * checkpoint.dims.n_audio_ctx;
  sources.embedding = checkpoint.tensors.at("decoder.token_embedding.weight");
  sources.embedding_source = checkpoint.weights.string();
  sources.positions = checkpoint.tensors.at("decoder.positional_embedding");
  sources.vocabulary = rank_file_of(checkpoint);
  sources.prefill_tokens = usual_prefill_tokens(checkpoint.dims);
  sources.alignment.checkpoint = sources.checkpoint;
  sources.alignment.audio_length = sources.frames / 2;
  return sources;
}

void ModelSources::forget_hashes() {
  for (auto& [kind, its] : files) its.torchscript_sha256.clear();
  alignment.torchscript_sha256.clear();
}

ModelPart ModelSources::part(PartKind kind) const {
  ModelPart part;
  for (const PartRoles& roles : kParts) {
    if (roles.kind == kind) part.name = roles.name;
  }
  if (const auto found = files.find(kind); found != files.end()) {
    part.torchscript = found->second.torchscript;
    part.tflite = found->second.tflite;
    part.mtk_tflite = found->second.mtk_tflite;
    part.torchscript_sha256 = found->second.torchscript_sha256;
  }
  part.trust = trust;
  const std::int64_t audio = frames / 2;
  part.graph = [weights = checkpoint, kind, window = frames, audio,
                tokens = prefill_tokens](std::int64_t length) {
    switch (kind) {
      case PartKind::encoder:
        return build_encoder_core(*weights, window);
      case PartKind::decoder:
        return build_decoder_core(*weights, {length, audio});
      case PartKind::crosskv_encoder:
        return build_crosskv_encoder(*weights, window);
      case PartKind::step:
        return build_kv_decoder(*weights, {1, audio});
      case PartKind::prefill:
        return build_kv_decoder(*weights, {tokens, audio});
    }
    fail(ErrorKind::internal, "a part of no kind");
  };
  return part;
}

}  // namespace sotto
