#include "run/engine/model.h"

#include <array>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/bundle/graph_signatures.h"
#include "run/backends/registry.h"
#include "run/engine/full_decoder_session.h"
#include "run/engine/kv_decoder_session.h"
#include "run/engine/stateful_decoder_session.h"
#include "run/engine/stopwatch.h"

namespace sotto {
namespace {

void check_graphs(const ModelSources& sources, const Backend& backend) {
  if (sources.builder != nullptr || !backend.runs_graphs()) return;
  fail(
      ErrorKind::unavailable, sources.path.string(), ": the ", backend.name(),
      " back end needs the weights as they are in TorchScript files, and this bundle has none: run "
      "it with ",
      Option{"backend", "litert"}, ", or export it with ", Option{"format", "all"});
}

/// Gives a tensor the shape of what an executable puts out, unless it has it.
void fit(const Backend& backend, Tensor& tensor, const Signature::Port& port) {
  if (tensor.shape() != port.shape) tensor = backend.allocate(port.dtype, port.shape);
}

TensorView positions_of(const ModelSources& sources) {
  if (!sources.positions.shape.empty()) return sources.positions;
  if (sources.builder != nullptr) return sources.builder->positions();
  fail(ErrorKind::unavailable, sources.path.string(), ": expected a file for ",
       role::position_embedding, ", which a decoder with a key-value cache needs, found none");
}

}  // namespace

Model Model::load(ModelSources given, const ModelOptions& options) {
  const Stopwatch loading;
  auto backend = make_backend(options.backend, options.backend_options);
  given.trust = options.trust;
  const auto sources = std::make_shared<const ModelSources>(std::move(given));
  check_graphs(*sources, *backend);
  auto tokenizer = std::make_shared<const Tokenizer>(Tokenizer::parse(
      sources->vocabulary.bytes, sources->vocabulary.source, sources->vocabulary.layout));
  Model model = put_together(sources, std::move(tokenizer), options, std::move(backend));
  model.load_time_ = loading.seconds();
  return model;
}

Model Model::sibling() const {
  const Stopwatch loading;
  auto backend = backend_->sibling();
  if (!backend) backend = make_backend(options_.backend, options_.backend_options);
  Model model = put_together(sources_, tokenizer_, options_, std::move(backend));
  model.load_time_ = loading.seconds();
  return model;
}

Model Model::put_together(std::shared_ptr<const ModelSources> sources,
                          std::shared_ptr<const Tokenizer> tokenizer, const ModelOptions& options,
                          std::unique_ptr<Backend> backend) {
  Model model;
  model.options_ = options;
  model.sources_ = std::move(sources);
  model.tokenizer_ = std::move(tokenizer);
  model.backend_ = std::move(backend);
  model.backend_name_ = model.backend_->name();
  model.embedding_ =
      std::make_unique<TokenEmbedding>(model.sources_->embedding, model.sources_->embedding_source);
  model.choose_decoder(options.decoder);
  if (model.decodes_with_kv()) {
    static_cast<void>(model.part(GraphKind::crosskv));
    static_cast<void>(model.kv_decoder());
  } else {
    static_cast<void>(model.encoder());
    if (!model.backend_->keeps_state()) static_cast<void>(model.decoder());
  }
  return model;
}

void Model::choose_decoder(DecoderKind wanted) {
  kind_ = wanted;
  if (wanted == DecoderKind::stateful && !backend_->keeps_state()) {
    fail(ErrorKind::unavailable, "the ", backend_->name(), " back end keeps no cache of its own");
  }
  is_plainly_stateful_ = wanted == DecoderKind::stateful;
  if (wanted != DecoderKind::automatic) return;
  const bool has_kv = backend_->binds_inputs() && backend_->takes(sources_->part(GraphKind::step));
  kind_ = backend_->keeps_state() ? DecoderKind::stateful
          : has_kv                ? DecoderKind::kv
                                  : DecoderKind::full;
}

Executable& Model::part(GraphKind kind) {
  std::unique_ptr<Executable>& part = parts_[kind];
  if (!part) {
    const Stopwatch loading;
    part = backend_->load(sources_->part(kind));
    const std::int64_t tokens = kind == GraphKind::prefill ? sources_->prefill_tokens : 1;
    check_signature(signature_of(kind, dims(), tokens), part->signature(),
                    concat(path().string(), ": the ", entry_of(kind).title));
    load_time_ += loading.seconds();
  }
  return *part;
}

KvDecoder& Model::kv_decoder() {
  if (!kv_decoder_) {
    const Stopwatch loading;
    KvDecoder::Parts parts{sources_->part(GraphKind::step), {}, positions_of(*sources_), dims()};
    ModelPart prefill = sources_->part(GraphKind::prefill);
    if (backend_->takes(prefill)) parts.prefill = std::move(prefill);
    kv_decoder_ = std::make_unique<KvDecoder>(*backend_, parts);
    load_time_ += loading.seconds();
  }
  return *kv_decoder_;
}

StatefulDecoder& Model::stateful_decoder() {
  if (!stateful_decoder_) {
    const Stopwatch loading;
    stateful_decoder_ = std::make_unique<StatefulDecoder>(*backend_, sources_->builder, dims());
    load_time_ += loading.seconds();
  }
  return *stateful_decoder_;
}

std::int64_t Model::step_bytes(std::int64_t position, std::int64_t windows) {
  return kind_ == DecoderKind::stateful ? stateful_decoder().step_bytes(position, windows) : 0;
}

AttentionReader& Model::load_attention(const std::optional<AlignmentHeads>& heads) {
  auto chosen =
      complete_alignment_heads(heads.value_or(sources_->alignment_heads), dims(), path().string());
  ++*sessions_;
  if (attention_ != nullptr && attention_->heads() == chosen) return *attention_;
  const Stopwatch loading;
  attention_ = AttentionReader::load(*sources_, *backend_, *embedding_, std::move(chosen));
  load_time_ += loading.seconds();
  return *attention_;
}

// The decoder that times words reads the encoder's output, whatever the others read. While one half
// of the model runs the other rests.
void Model::encode(const Tensor& mel, EncodedWindow& window) {
  ++window.number;
  const std::array<const Tensor*, 1> inputs{&mel};
  if (decodes_with_kv()) {
    kv_decoder().rest();
    Executable& encoder = part(GraphKind::crosskv);
    fit(*backend_, window.cross_keys, encoder.signature().outputs.at(0));
    fit(*backend_, window.cross_values, encoder.signature().outputs.at(1));
    const std::array<Tensor*, 2> outputs{&window.cross_keys, &window.cross_values};
    encoder.run(inputs, outputs);
    encoder.rest();
    if (attention_ == nullptr) return;
  }
  fit(*backend_, window.encoder_output, encoder().signature().outputs.at(0));
  const std::array<Tensor*, 1> outputs{&window.encoder_output};
  encoder().run(inputs, outputs);
  encoder().rest();
}

std::unique_ptr<DecoderSession> Model::checked(std::unique_ptr<UncheckedSession> session,
                                               const EncodedWindow& window) {
  return std::make_unique<CheckedSession>(std::move(session), dims().n_vocab, sessions_, window,
                                          attention_.get());
}

std::unique_ptr<DecoderSession> Model::make_session(EncodedWindow& window) {
  if (kind_ != DecoderKind::stateful) return make_plain_session(window);
  ++*sessions_;
  return checked(std::make_unique<StatefulDecoderSession>(stateful_decoder(), *embedding_,
                                                          window.encoder_output),
                 window);
}

void Model::check_batches() const {
  if (kind_ == DecoderKind::stateful) return;
  if (backend_->keeps_state()) {
    fail(ErrorKind::unavailable, Option{"batch"}, ": expected the decoder over a cache, which ",
         Option{"decoder", "auto"}, " chooses, found another one: it decodes one window at a time");
  }
  fail(ErrorKind::unavailable, Option{"batch"}, ": the ", backend_->name(),
       " back end keeps no cache of its own, so it decodes one window at a time; leave it out, or "
       "take ",
       Option{"backend", "cpu"});
}

std::unique_ptr<CheckedBatch> Model::make_batch(std::size_t places) {
  check_batches();
  ++*sessions_;
  return std::make_unique<CheckedBatch>(
      std::make_unique<StatefulBatch>(stateful_decoder(), *embedding_, places), dims().n_vocab,
      sessions_, attention_.get());
}

void Model::encode(const Tensor& mel, CheckedBatch& batch, std::size_t place) {
  encode(mel, batch.window(place));
  batch.keep(place);
}

std::unique_ptr<DecoderSession> Model::make_plain_session(EncodedWindow& window) {
  if (is_plainly_stateful_) return make_session(window);
  ++*sessions_;
  if (decodes_with_kv()) {
    return checked(std::make_unique<KvDecoderSession>(kv_decoder(), *embedding_, window), window);
  }
  return checked(
      std::make_unique<FullDecoderSession>(decoder(), *embedding_, window.encoder_output), window);
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
