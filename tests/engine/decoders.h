#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "model/checkpoint/checkpoint.h"
#include "run/backends/registry.h"
#include "run/engine/checked_batch.h"
#include "run/engine/checked_session.h"
#include "run/engine/checkpoint/checkpoint_graphs.h"
#include "run/engine/full_decoder_session.h"
#include "run/engine/kv_decoder_session.h"
#include "run/engine/stateful_decoder_session.h"

namespace sotto::test {

enum class SessionKind { full, kv, step_alone, stateful };

/// The decoder of a checkpoint on the cpu back end, in every way that there is.
class Decoders {
 public:
  /// `audio_length` 0 means the checkpoint's own.
  explicit Decoders(Checkpoint checkpoint, std::int64_t audio_length = 0)
      : checkpoint_(std::make_shared<const Checkpoint>(std::move(checkpoint))),
        dims_(dims_of(checkpoint_->dims, audio_length)),
        graphs_(std::make_shared<const CheckpointGraphs>(
            [weights = checkpoint_] { return weights; },
            CheckpointGraphs::Window{2 * dims_.n_audio_ctx, kFewTokens})),
        embedding_(checkpoint_->tensors.at("decoder.token_embedding.weight"), "table"),
        full_(load(GraphKind::decoder)),
        stateful_(*backend_, graphs_, dims_),
        kv_(*backend_,
            {part(GraphKind::step), part(GraphKind::prefill), graphs_->positions(), dims_}),
        step_alone_(*backend_, {part(GraphKind::step), {}, graphs_->positions(), dims_}) {}

  [[nodiscard]] const WhisperDims& dims() const { return dims_; }
  [[nodiscard]] const TokenEmbedding& embedding() const { return embedding_; }

  /// What the encoder makes of random mel values, in every form.
  void encode(std::uint64_t seed, EncodedWindow& window) const {
    const auto encoder = load(GraphKind::encoder), crosskv = load(GraphKind::crosskv);
    Tensor mel(DType::float32, {1, dims().n_mels, 2 * dims().n_audio_ctx});
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
    for (float& value : mel.floats()) value = uniform(random);
    const std::array<const Tensor*, 1> inputs{&mel};
    ++window.number;
    window.encoder_output = Tensor(DType::float32, encoder->signature().outputs[0].shape);
    window.cross_keys = Tensor(DType::float32, crosskv->signature().outputs[0].shape);
    window.cross_values = Tensor(DType::float32, crosskv->signature().outputs[1].shape);
    encoder->run(inputs, std::array<Tensor*, 1>{&window.encoder_output});
    crosskv->run(inputs, std::array<Tensor*, 2>{&window.cross_keys, &window.cross_values});
  }
  [[nodiscard]] EncodedWindow window(std::uint64_t seed) const {
    EncodedWindow window;
    encode(seed, window);
    return window;
  }

  /// As a model makes it.
  [[nodiscard]] std::unique_ptr<DecoderSession> session(SessionKind kind, EncodedWindow& window) {
    ++*count_;
    return std::make_unique<CheckedSession>(bare(kind, window), dims_.n_vocab, count_, window);
  }
  /// A batch of so many windows; also ends what was made before.
  [[nodiscard]] std::unique_ptr<CheckedBatch> batch(std::size_t places) {
    ++*count_;
    return std::make_unique<CheckedBatch>(
        std::make_unique<StatefulBatch>(stateful_, embedding_, places), dims_.n_vocab, count_);
  }
  /// Over the full decoder, ended by no other.
  [[nodiscard]] std::unique_ptr<DecoderSession> reference(EncodedWindow& window) {
    return std::make_unique<CheckedSession>(bare(SessionKind::full, window), dims_.n_vocab,
                                            std::make_shared<std::uint64_t>(), window);
  }

 private:
  // So few that tests' prompts take several runs.
  static constexpr std::int64_t kFewTokens = 7;

  static WhisperDims dims_of(WhisperDims dims, std::int64_t audio_length) {
    if (audio_length != 0) dims.n_audio_ctx = audio_length;
    return dims;
  }
  [[nodiscard]] std::unique_ptr<UncheckedSession> bare(SessionKind kind, EncodedWindow& window) {
    switch (kind) {
      case SessionKind::full:
        return std::make_unique<FullDecoderSession>(*full_, embedding_, window.encoder_output);
      case SessionKind::kv:
        return std::make_unique<KvDecoderSession>(kv_, embedding_, window);
      case SessionKind::step_alone:
        return std::make_unique<KvDecoderSession>(step_alone_, embedding_, window);
      case SessionKind::stateful:
        return std::make_unique<StatefulDecoderSession>(stateful_, embedding_,
                                                        window.encoder_output);
    }
    return nullptr;
  }
  [[nodiscard]] ModelPart part(GraphKind kind) const {
    ModelPart part{.name = "part"};
    part.graph = [graphs = graphs_, kind](std::int64_t length) {
      return graphs->build(kind, length);
    };
    return part;
  }
  [[nodiscard]] std::unique_ptr<Executable> load(GraphKind kind) const {
    return backend_->load(part(kind));
  }

  std::shared_ptr<const Checkpoint> checkpoint_;
  WhisperDims dims_;
  std::shared_ptr<const CheckpointGraphs> graphs_;
  std::unique_ptr<Backend> backend_ = make_backend("cpu");
  TokenEmbedding embedding_;
  std::unique_ptr<Executable> full_;
  StatefulDecoder stateful_;
  KvDecoder kv_, step_alone_;
  SessionCount count_ = std::make_shared<std::uint64_t>();
};

}  // namespace sotto::test
