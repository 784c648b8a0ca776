#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "model/checkpoint/checkpoint.h"
#include "model/whisper/builders.h"
#include "model/whisper/kv_builders.h"
#include "run/backends/registry.h"
#include "run/engine/stateful_decoder_session.h"
#include "run/engine/full_decoder_session.h"
#include "run/engine/kv_decoder_session.h"

namespace sotto::test {

/// What the full decoder is compared with: the back end's own cache, or the graphs over the host's.
enum class Rival { cached, kv };

/// The decoder of a checkpoint on the cpu back end, without a cache and with either.
class DecoderPair {
 public:
  /// `audio_length` 0 means the checkpoint's own.
  explicit DecoderPair(Checkpoint checkpoint, std::int64_t audio_length = 0)
      : checkpoint_(std::make_shared<const Checkpoint>(std::move(checkpoint))),
        audio_length_(audio_length == 0 ? dims().n_audio_ctx : audio_length),
        embedding_(checkpoint_->tensors.at("decoder.token_embedding.weight"), "table"),
        full_(backend_->load({"decoder",
                              {},
                              [this](std::int64_t length) {
                                return build_decoder_core(*checkpoint_, {length, audio_length_});
                              }})),
        cached_(*backend_, checkpoint_, audio_length_),
        kv_(*backend_, {part([this](std::int64_t) { return kv_graph(1); }),
                        part([this](std::int64_t) { return kv_graph(kFewTokens); }),
                        checkpoint_->tensors.at("decoder.positional_embedding"), dims()}) {}

  [[nodiscard]] const WhisperDims& dims() const { return checkpoint_->dims; }
  [[nodiscard]] StatefulDecoder& cached() { return cached_; }
  [[nodiscard]] const TokenEmbedding& embedding() const { return embedding_; }

  /// What the encoder makes of random mel values, in every form.
  [[nodiscard]] EncodedWindow window(std::uint64_t seed) const {
    const std::int64_t frames = 2 * audio_length_;
    const auto encoder = backend_->load(
        part([&](std::int64_t) { return build_encoder_core(*checkpoint_, frames); }));
    const auto crosskv = backend_->load(
        part([&](std::int64_t) { return build_crosskv_encoder(*checkpoint_, frames); }));
    Tensor mel(DType::float32, {1, dims().n_mels, frames});
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
    for (float& value : mel.floats()) value = uniform(random);
    const std::array<const Tensor*, 1> inputs{&mel};
    EncodedWindow window;
    window.encoder_output = Tensor(DType::float32, encoder->signature().outputs[0].shape);
    window.cross_keys = Tensor(DType::float32, crosskv->signature().outputs[0].shape);
    window.cross_values = Tensor(DType::float32, crosskv->signature().outputs[1].shape);
    encoder->run(inputs, std::array<Tensor*, 1>{&window.encoder_output});
    crosskv->run(inputs, std::array<Tensor*, 2>{&window.cross_keys, &window.cross_values});
    return window;
  }

  [[nodiscard]] std::unique_ptr<DecoderSession> full_session(const EncodedWindow& window) {
    return std::make_unique<FullDecoderSession>(*full_, embedding_, window.encoder_output);
  }
  [[nodiscard]] std::unique_ptr<DecoderSession> cached_session(const EncodedWindow& window) {
    return std::make_unique<StatefulDecoderSession>(cached_, embedding_, window.encoder_output);
  }
  [[nodiscard]] std::unique_ptr<DecoderSession> kv_session(EncodedWindow& window) {
    return std::make_unique<KvDecoderSession>(kv_, embedding_, window);
  }
  [[nodiscard]] std::unique_ptr<DecoderSession> session(Rival rival, EncodedWindow& window) {
    return rival == Rival::kv ? kv_session(window) : cached_session(window);
  }

 private:
  // So few that tests' prompts take several runs.
  static constexpr std::int64_t kFewTokens = 7;

  static ModelPart part(std::function<Graph(std::int64_t)> graph) {
    return {"part", {}, std::move(graph)};
  }
  [[nodiscard]] Graph kv_graph(std::int64_t tokens) const {
    return build_kv_decoder(*checkpoint_, {tokens, audio_length_});
  }

  std::shared_ptr<const Checkpoint> checkpoint_;
  std::int64_t audio_length_;
  std::unique_ptr<Backend> backend_ = make_backend("cpu");
  TokenEmbedding embedding_;
  std::unique_ptr<Executable> full_;
  StatefulDecoder cached_;
  KvDecoder kv_;
};

}  // namespace sotto::test
