#include "run/transcriber/model.h"

#include <array>
#include <optional>
#include <utility>

#include "core/archive/npy_reader.h"
#include "core/base/error.h"
#include "core/bundle/bundle.h"
#include "core/bundle/vocabulary_file.h"
#include "model/checkpoint/checkpoint.h"
#include "model/whisper/builders.h"
#include "run/backends/registry.h"
#include "run/transcriber/full_decoder_session.h"
#include "run/transcriber/stopwatch.h"

namespace sotto {

/// Everything that a model is put together from, wherever it came from.
struct Model::Sources {
  std::shared_ptr<const Checkpoint> checkpoint;
  std::filesystem::path path;
  std::string name;
  std::int64_t frames = 0;
  std::filesystem::path encoder_torchscript, decoder_torchscript;  ///< empty without artifacts
  std::optional<FileRecord> alignment;                             ///< the bundle's, if it has one
  std::filesystem::path vocabulary;
  TensorView embedding;
  std::string embedding_source;
};

namespace {

std::string model_name(const Checkpoint& checkpoint) {
  const auto size = size_name(checkpoint.dims);
  return size ? std::string(*size) : checkpoint.path.stem().string();
}

ModelPart encoder_part(const std::shared_ptr<const Checkpoint>& checkpoint, std::int64_t frames,
                       const std::filesystem::path& torchscript) {
  return {"encoder", torchscript, [checkpoint, frames](std::int64_t /*no variable axis*/) {
            return build_encoder_core(*checkpoint, frames);
          }};
}

ModelPart decoder_part(const std::shared_ptr<const Checkpoint>& checkpoint, std::int64_t frames,
                       const std::filesystem::path& torchscript) {
  return {"decoder", torchscript, [checkpoint, frames](std::int64_t length) {
            DecoderCoreOptions options;
            options.length = length;
            options.audio_length = frames / 2;
            return build_decoder_core(*checkpoint, options);
          }};
}

void check_embedding(const TokenEmbedding& embedding, const WhisperDims& dims,
                     const std::string& source) {
  if (embedding.n_vocab() == dims.n_vocab && embedding.width() == dims.n_text_state) return;
  fail(ErrorKind::mismatch, source, ": expected [", dims.n_vocab, ", ", dims.n_text_state,
       "] by the model's dims, found [", embedding.n_vocab(), ", ", embedding.width(), "]");
}

}  // namespace

Model Model::load(const std::filesystem::path& path, std::string_view backend) {
  const Stopwatch loading;
  const bool bundle = Bundle::is_bundle(path);
  Model model = assemble(bundle ? bundle_sources(path) : unsplit_sources(path, 0), backend);
  model.load_time_ = loading.seconds();
  return model;
}

Model Model::load_unsplit(const std::filesystem::path& path, std::int64_t frames) {
  const Stopwatch loading;
  Model model = assemble(unsplit_sources(path, frames), "cpu");
  model.load_time_ = loading.seconds();
  return model;
}

Model::Sources Model::bundle_sources(const std::filesystem::path& path) {
  const Bundle bundle = Bundle::open(path);
  Sources sources;
  sources.checkpoint = std::make_shared<const Checkpoint>(read_checkpoint(path));
  sources.path = path;
  sources.name = bundle.manifest().model_name;
  sources.frames = bundle.manifest().frames;
  sources.encoder_torchscript = bundle.file(role::encoder_torchscript);
  sources.decoder_torchscript = bundle.file(role::decoder_torchscript);
  if (bundle.has(role::decoder_alignment_torchscript)) {
    sources.alignment = bundle.record(role::decoder_alignment_torchscript);
  }
  sources.vocabulary = bundle.file(role::vocabulary);
  sources.embedding = read_npy(bundle.file(role::token_embedding));
  sources.embedding_source = bundle.file(role::token_embedding).string();
  return sources;
}

Model::Sources Model::unsplit_sources(const std::filesystem::path& path, std::int64_t frames) {
  Sources sources;
  sources.checkpoint = std::make_shared<const Checkpoint>(read_checkpoint(path));
  const Checkpoint& checkpoint = *sources.checkpoint;
  sources.path = path;
  sources.name = model_name(checkpoint);
  sources.frames = frames > 0 ? frames : 2 * checkpoint.dims.n_audio_ctx;
  sources.embedding = checkpoint.tensors.at("decoder.token_embedding.weight");
  sources.embedding_source = checkpoint.weights.string();
  sources.vocabulary = Bundle::is_bundle(path) ? Bundle::open(path).file(role::vocabulary)
                                               : vocabulary_path(checkpoint.dims.n_vocab);
  return sources;
}

Model Model::assemble(const Sources& sources, std::string_view backend_name) {
  const auto backend = make_backend(backend_name);
  const WhisperDims& dims = sources.checkpoint->dims;
  Model model;
  model.path_ = sources.path;
  model.name_ = sources.name;
  model.backend_ = backend->name();
  model.dims_ = dims;
  model.frames_ = sources.frames;
  model.embedding_ = std::make_unique<TokenEmbedding>(sources.embedding, sources.embedding_source);
  check_embedding(*model.embedding_, dims, sources.embedding_source);
  model.tokenizer_ = std::make_unique<Tokenizer>(Tokenizer::load(sources.vocabulary, dims.n_vocab));
  model.encoder_ =
      backend->load(encoder_part(sources.checkpoint, sources.frames, sources.encoder_torchscript));
  model.decoder_ =
      backend->load(decoder_part(sources.checkpoint, sources.frames, sources.decoder_torchscript));
  model.alignment_.checkpoint = sources.checkpoint;
  model.alignment_.audio_length = sources.frames / 2;
  if (sources.alignment) {
    model.alignment_.torchscript = sources.path / sources.alignment->name;
    model.alignment_.outputs = sources.alignment->outputs;
  }
  return model;
}

AttentionReader& Model::load_attention(const std::optional<AlignmentHeads>& heads) {
  auto chosen = choose_alignment_heads(*alignment_.checkpoint, heads);
  if (attention_ == nullptr || attention_->heads() != chosen) {
    attention_ =
        AttentionReader::load(alignment_, *make_backend(backend_), *embedding_, std::move(chosen));
  }
  return *attention_;
}

std::unique_ptr<DecoderSession> Model::make_session(const Tensor& encoder_output) {
  return std::make_unique<FullDecoderSession>(*decoder_, *embedding_, encoder_output,
                                              attention_.get());
}

void Model::warm_up() {
  const Stopwatch warming;
  constexpr std::int64_t kTokens = 4;
  const Tensor mel(DType::float32, {1, dims_.n_mels, frames_});
  Tensor encoder_output(DType::float32, {1, frames_ / 2, dims_.n_audio_state});
  const std::array<const Tensor*, 1> encoder_inputs{&mel};
  const std::array<Tensor*, 1> encoder_outputs{&encoder_output};
  encoder_->run(encoder_inputs, encoder_outputs);
  const Tensor embeddings(DType::float32, {1, kTokens, dims_.n_text_state});
  Tensor logits(DType::float32, {1, kTokens, dims_.n_vocab});
  const std::array<const Tensor*, 2> decoder_inputs{&embeddings, &encoder_output};
  const std::array<Tensor*, 1> decoder_outputs{&logits};
  decoder_->run(decoder_inputs, decoder_outputs);
  load_time_ += warming.seconds();
}

}  // namespace sotto
