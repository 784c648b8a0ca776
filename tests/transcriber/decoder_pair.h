#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "model/checkpoint/checkpoint.h"
#include "model/whisper/builders.h"
#include "run/backends/registry.h"
#include "run/transcriber/cached_decoder_session.h"
#include "run/transcriber/full_decoder_session.h"

namespace sotto::test {

/// The decoder of a checkpoint on the cpu back end, both with a cache and without.
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
        cached_(*backend_, checkpoint_, audio_length_) {}

  [[nodiscard]] const WhisperDims& dims() const { return checkpoint_->dims; }
  [[nodiscard]] CachedDecoder& cached() { return cached_; }
  [[nodiscard]] const TokenEmbedding& embedding() const { return embedding_; }

  /// What the encoder makes of random mel values.
  [[nodiscard]] Tensor window(std::uint64_t seed) const {
    const std::int64_t frames = 2 * audio_length_;
    const auto encoder = backend_->load(
        {"encoder", {}, [&](std::int64_t) { return build_encoder_core(*checkpoint_, frames); }});
    Tensor mel(DType::float32, {1, dims().n_mels, frames});
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
    for (float& value : mel.floats()) value = uniform(random);
    Tensor output(DType::float32, {1, audio_length_, dims().n_audio_state});
    const std::array<const Tensor*, 1> inputs{&mel};
    const std::array<Tensor*, 1> outputs{&output};
    encoder->run(inputs, outputs);
    return output;
  }

  [[nodiscard]] std::unique_ptr<DecoderSession> full_session(const Tensor& window) {
    return std::make_unique<FullDecoderSession>(*full_, embedding_, window);
  }
  [[nodiscard]] std::unique_ptr<DecoderSession> cached_session(const Tensor& window) {
    return std::make_unique<CachedDecoderSession>(cached_, embedding_, window);
  }

 private:
  std::shared_ptr<const Checkpoint> checkpoint_;
  std::int64_t audio_length_;
  std::unique_ptr<Backend> backend_ = make_backend("cpu");
  TokenEmbedding embedding_;
  std::unique_ptr<Executable> full_;
  CachedDecoder cached_;
};

}  // namespace sotto::test
