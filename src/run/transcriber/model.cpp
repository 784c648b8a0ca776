#include "run/transcriber/model.h"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "core/archive/npy_reader.h"
#include "core/base/error.h"
#include "core/bundle/bundle.h"
#include "core/bundle/vocabulary_file.h"
#include "model/checkpoint/checkpoint.h"
#include "model/whisper/builders.h"
#include "run/backends/registry.h"
#include "run/transcriber/cached_decoder_session.h"
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

Model Model::assemble(Sources given, std::string_view backend_name) {
  Model model;
  model.backend_ = make_backend(backend_name);
  model.sources_ = std::make_shared<const Sources>(std::move(given));
  const Sources& sources = *model.sources_;
  const WhisperDims& dims = sources.checkpoint->dims;
  model.path_ = sources.path;
  model.name_ = sources.name;
  model.backend_name_ = model.backend_->name();
  model.dims_ = dims;
  model.frames_ = sources.frames;
  model.embedding_ = std::make_unique<TokenEmbedding>(sources.embedding, sources.embedding_source);
  check_embedding(*model.embedding_, dims, sources.embedding_source);
  model.tokenizer_ = std::make_unique<Tokenizer>(Tokenizer::load(sources.vocabulary, dims.n_vocab));
  model.encoder_ = model.backend_->load(
      encoder_part(sources.checkpoint, sources.frames, sources.encoder_torchscript));
  if (!model.backend_->keeps_state()) static_cast<void>(model.decoder());
  return model;
}

Executable& Model::decoder() {
  if (!decoder_) {
    const Stopwatch loading;
    decoder_ =
        backend_->load(decoder_part(sources_->checkpoint, frames_, sources_->decoder_torchscript));
    load_time_ += loading.seconds();
  }
  return *decoder_;
}

AttentionReader& Model::load_attention(const std::optional<AlignmentHeads>& heads) {
  auto chosen = choose_alignment_heads(*sources_->checkpoint, heads);
  if (attention_ != nullptr && attention_->heads() == chosen) return *attention_;
  const Stopwatch loading;
  AlignmentSource source{sources_->checkpoint, frames_ / 2, {}, {}};
  if (sources_->alignment) {
    source.torchscript = sources_->path / sources_->alignment->name;
    source.outputs = sources_->alignment->outputs;
  }
  attention_ = AttentionReader::load(source, *backend_, *embedding_, std::move(chosen));
  load_time_ += loading.seconds();
  return *attention_;
}

std::unique_ptr<DecoderSession> Model::make_session(const Tensor& encoder_output) {
  if (!backend_->keeps_state()) {
    return std::make_unique<FullDecoderSession>(decoder(), *embedding_, encoder_output,
                                                attention_.get());
  }
  if (!cached_decoder_) {
    const Stopwatch loading;
    cached_decoder_ = std::make_unique<CachedDecoder>(*backend_, sources_->checkpoint, frames_ / 2);
    load_time_ += loading.seconds();
  }
  return std::make_unique<CachedDecoderSession>(*cached_decoder_, *embedding_, encoder_output,
                                                attention_.get());
}

Tensor Model::encode_silence() {
  const Tensor mel(DType::float32, {1, dims_.n_mels, frames_});
  Tensor encoder_output(DType::float32, {1, frames_ / 2, dims_.n_audio_state});
  const std::array<const Tensor*, 1> encoder_inputs{&mel};
  const std::array<Tensor*, 1> encoder_outputs{&encoder_output};
  encoder_->run(encoder_inputs, encoder_outputs);
  return encoder_output;
}

void Model::warm_up() {
  Executable& full = decoder();
  const Stopwatch warming;
  const Tensor encoder_output = encode_silence();
  constexpr std::int64_t kTokens = 4;
  const Tensor embeddings(DType::float32, {1, kTokens, dims_.n_text_state});
  Tensor logits(DType::float32, {1, kTokens, dims_.n_vocab});
  const std::array<const Tensor*, 2> decoder_inputs{&embeddings, &encoder_output};
  const std::array<Tensor*, 1> decoder_outputs{&logits};
  full.run(decoder_inputs, decoder_outputs);
  load_time_ += warming.seconds();
}

void Model::warm_up_sessions(std::int64_t rows) {
  const Stopwatch warming;
  const double loaded = load_time_;
  const Tensor encoder_output = encode_silence();
  const auto session = make_session(encoder_output);
  const std::vector<TokenId> prompt(4);
  static_cast<void>(session->prefill(prompt));
  session->reorder(std::vector<std::size_t>(static_cast<std::size_t>(rows)));
  static_cast<void>(session->step(std::vector<TokenId>(static_cast<std::size_t>(rows))));
  load_time_ = loaded + warming.seconds();
}

}  // namespace sotto
