#include "run/engine/model.h"

#include <array>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/bundle/bundle.h"
#include "run/backends/registry.h"
#include "run/engine/stateful_decoder_session.h"
#include "run/engine/full_decoder_session.h"
#include "run/engine/kv_decoder_session.h"
#include "run/engine/stopwatch.h"

namespace sotto {
namespace {

void check_embedding(const TokenEmbedding& embedding, const WhisperDims& dims,
                     const std::string& source) {
  if (embedding.n_vocab() == dims.n_vocab && embedding.width() == dims.n_text_state) return;
  fail(ErrorKind::mismatch, source, ": expected [", dims.n_vocab, ", ", dims.n_text_state,
       "] by the model's dims, found [", embedding.n_vocab(), ", ", embedding.width(), "]");
}

void check_weights(const ModelSources& sources, const Backend& backend) {
  if (sources.has_weights || !backend.runs_graphs()) return;
  fail(ErrorKind::unavailable, sources.path.string(), ": the ", backend.name(),
       " back end needs the weights as they are in TorchScript files, and this bundle has TFLite's "
       "alone: run it with --backend litert, or export it with --format all");
}

/// Gives a tensor the shape of what an executable puts out, unless it has it.
void fit(Tensor& tensor, const Signature::Port& port) {
  if (tensor.shape() != port.shape) tensor = Tensor(port.dtype, port.shape);
}

}  // namespace

Model Model::load(const std::filesystem::path& path, const ModelOptions& options) {
  const Stopwatch loading;
  const bool bundle = Bundle::is_bundle(path);
  Model model =
      assemble(bundle ? ModelSources::of_bundle(path) : ModelSources::of_weights(path, 0), options);
  model.load_time_ = loading.seconds();
  return model;
}

Model Model::load_unsplit(const CheckpointSource& source, std::int64_t frames) {
  const Stopwatch loading;
  Model model = assemble(ModelSources::of_weights(source, frames), {});
  model.load_time_ = loading.seconds();
  return model;
}

Model Model::assemble(ModelSources given, const ModelOptions& options) {
  Model model;
  model.backend_ = make_backend(options.backend);
  given.trust = options.trust;
  given.alignment.trust = options.trust;
  if (options.hashes == HashCheck::done) given.forget_hashes();
  model.sources_ = std::make_shared<const ModelSources>(std::move(given));
  const ModelSources& sources = *model.sources_;
  const WhisperDims& dims = sources.checkpoint->dims;
  check_weights(sources, *model.backend_);
  model.backend_name_ = model.backend_->name();
  model.embedding_ = std::make_unique<TokenEmbedding>(sources.embedding, sources.embedding_source);
  check_embedding(*model.embedding_, dims, sources.embedding_source);
  model.tokenizer_ = std::make_unique<Tokenizer>(Tokenizer::parse(
      sources.vocabulary.bytes, sources.vocabulary.source, sources.vocabulary.layout));
  model.choose_decoder(options.decoder);
  if (model.decodes_with_kv()) {
    static_cast<void>(model.part(PartKind::crosskv_encoder));
    static_cast<void>(model.kv_decoder());
  } else {
    static_cast<void>(model.encoder());
    if (!model.backend_->keeps_state()) static_cast<void>(model.decoder());
  }
  return model;
}

void Model::choose_decoder(DecoderKind wanted) {
  kind_ = wanted;
  if (wanted != DecoderKind::automatic || backend_->keeps_state()) return;
  const bool has_kv = backend_->binds_inputs() && backend_->takes(sources_->part(PartKind::step));
  kind_ = has_kv ? DecoderKind::kv : DecoderKind::full;
}

Executable& Model::part(PartKind kind) {
  std::unique_ptr<Executable>& part = parts_[kind];
  if (!part) {
    const Stopwatch loading;
    part = backend_->load(sources_->part(kind));
    load_time_ += loading.seconds();
  }
  return *part;
}

KvDecoder& Model::kv_decoder() {
  if (!kv_decoder_) {
    const Stopwatch loading;
    kv_decoder_ =
        std::make_unique<KvDecoder>(*backend_, KvDecoder::Parts{sources_->part(PartKind::step),
                                                                sources_->part(PartKind::prefill),
                                                                sources_->positions, dims()});
    load_time_ += loading.seconds();
  }
  return *kv_decoder_;
}

AttentionReader& Model::load_attention(const std::optional<AlignmentHeads>& heads) {
  auto chosen = choose_alignment_heads(*sources_->checkpoint, heads);
  if (attention_ != nullptr && attention_->heads() == chosen) return *attention_;
  const Stopwatch loading;
  attention_ =
      AttentionReader::load(sources_->alignment, *backend_, *embedding_, std::move(chosen));
  load_time_ += loading.seconds();
  return *attention_;
}

// The decoder that times words reads the encoder's output, whatever the others read.
void Model::encode(const Tensor& mel, EncodedWindow& window) {
  const std::array<const Tensor*, 1> inputs{&mel};
  if (decodes_with_kv()) {
    Executable& encoder = part(PartKind::crosskv_encoder);
    fit(window.cross_keys, encoder.signature().outputs.at(0));
    fit(window.cross_values, encoder.signature().outputs.at(1));
    const std::array<Tensor*, 2> outputs{&window.cross_keys, &window.cross_values};
    encoder.run(inputs, outputs);
    if (attention_ == nullptr) return;
  }
  fit(window.encoder_output, encoder().signature().outputs.at(0));
  const std::array<Tensor*, 1> outputs{&window.encoder_output};
  encoder().run(inputs, outputs);
}

std::unique_ptr<DecoderSession> Model::make_session(EncodedWindow& window) {
  if (kind_ != DecoderKind::automatic || !backend_->keeps_state()) {
    return make_plain_session(window);
  }
  if (!cached_decoder_) {
    const Stopwatch loading;
    cached_decoder_ =
        std::make_unique<StatefulDecoder>(*backend_, sources_->checkpoint, frames() / 2);
    load_time_ += loading.seconds();
  }
  return std::make_unique<StatefulDecoderSession>(*cached_decoder_, *embedding_,
                                                window.encoder_output, attention_.get());
}

std::unique_ptr<DecoderSession> Model::make_plain_session(EncodedWindow& window) {
  if (decodes_with_kv()) {
    return std::make_unique<KvDecoderSession>(kv_decoder(), *embedding_, window, attention_.get());
  }
  return std::make_unique<FullDecoderSession>(decoder(), *embedding_, window.encoder_output,
                                              attention_.get());
}

EncodedWindow Model::encode_silence() {
  const Tensor mel(DType::float32, {1, dims().n_mels, frames()});
  EncodedWindow window;
  encode(mel, window);
  return window;
}

void Model::warm_up() {
  const Stopwatch warming;
  const double loaded = load_time_;
  EncodedWindow window = encode_silence();
  const std::vector<TokenId> prompt(4);
  static_cast<void>(make_plain_session(window)->prefill(prompt));
  load_time_ = loaded + warming.seconds();
}

void Model::warm_up_sessions(std::int64_t rows) {
  const Stopwatch warming;
  const double loaded = load_time_;
  EncodedWindow window = encode_silence();
  const auto session = make_session(window);
  const std::vector<TokenId> prompt(4);
  static_cast<void>(session->prefill(prompt));
  session->reorder(std::vector<std::size_t>(static_cast<std::size_t>(rows)));
  static_cast<void>(session->step(std::vector<TokenId>(static_cast<std::size_t>(rows))));
  load_time_ = loaded + warming.seconds();
}

}  // namespace sotto
