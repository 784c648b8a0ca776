#include "run/transcriber/full_decoder_session.h"

#include <array>

#include "core/base/error.h"

namespace sotto {

namespace {

void check_port(const Signature::Port& port, const Shape& expected) {
  if (port.shape == expected) return;
  fail(ErrorKind::mismatch, "decoder: expected its port ", port.name, " to be ",
       to_string(expected), ", found ", to_string(port.shape));
}

}  // namespace

FullDecoderSession::FullDecoderSession(Executable& decoder, const TokenEmbedding& embedding,
                                       const Tensor& encoder_output)
    : decoder_(decoder), embedding_(embedding), encoder_output_(encoder_output) {
  const Signature& signature = decoder.signature();
  if (signature.inputs.size() != 2 || signature.outputs.size() != 1 ||
      signature.inputs[0].shape.size() != 3) {
    fail(ErrorKind::mismatch, "decoder: expected token embeddings and encoder output in and ",
         "logits out, found ", signature.inputs.size(), " inputs and ", signature.outputs.size(),
         " outputs");
  }
  context_ = signature.inputs[0].shape[1];
  check_port(signature.inputs[0], {1, context_, embedding.width()});
  check_port(signature.inputs[1], encoder_output.shape());
  check_port(signature.outputs[0], {1, context_, embedding.n_vocab()});
}

std::span<const float> FullDecoderSession::prefill(std::span<const TokenId> tokens) {
  if (tokens.empty()) fail(ErrorKind::internal, "prefill of no tokens");
  tokens_.assign(tokens.begin(), tokens.end());
  return run();
}

std::span<const float> FullDecoderSession::step(TokenId token) {
  tokens_.push_back(token);
  return run();
}

std::span<const float> FullDecoderSession::run() {
  const auto length = static_cast<std::int64_t>(tokens_.size());
  if (length > context_) {
    fail(ErrorKind::usage, "a sequence of ", length, " tokens does not fit the decoder's context ",
         "of ", context_);
  }
  Tensor embeddings(DType::float32, {1, length, embedding_.width()});
  embedding_.look_up(tokens_, embeddings.floats());
  logits_ = Tensor(DType::float32, {1, length, embedding_.n_vocab()});
  const std::array<const Tensor*, 2> inputs{&embeddings, &encoder_output_};
  const std::array<Tensor*, 1> outputs{&logits_};
  decoder_.run(inputs, outputs);
  return logits_.floats().last(static_cast<std::size_t>(embedding_.n_vocab()));
}

}  // namespace sotto
