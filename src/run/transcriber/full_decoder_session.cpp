#include "run/transcriber/full_decoder_session.h"

#include <array>
#include <utility>

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
                                       const Tensor& encoder_output, AttentionReader* attention)
    : decoder_(decoder),
      embedding_(embedding),
      encoder_output_(encoder_output),
      attention_(attention) {
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

std::span<const float> FullDecoderSession::prefill(std::span<const TokenId> tokens,
                                                   std::span<const std::size_t> positions) {
  if (tokens.empty()) fail(ErrorKind::internal, "prefill of no tokens");
  rows_.assign(1, {tokens.begin(), tokens.end()});
  logits_.clear();
  run(rows_.front(), positions);
  return logits_;
}

void FullDecoderSession::reorder(std::span<const std::size_t> sources) {
  std::vector<std::vector<TokenId>> rows;
  rows.reserve(sources.size());
  for (const std::size_t source : sources) rows.push_back(rows_.at(source));
  rows_ = std::move(rows);
}

std::span<const float> FullDecoderSession::step(std::span<const TokenId> tokens) {
  if (tokens.size() != rows_.size()) {
    fail(ErrorKind::internal, "a step of ", tokens.size(), " tokens for ", rows_.size(), " rows");
  }
  logits_.clear();
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    rows_[i].push_back(tokens[i]);
    const std::size_t last = rows_[i].size() - 1;
    run(rows_[i], std::span(&last, 1));
  }
  return logits_;
}

AttentionScores FullDecoderSession::attention_scores(std::span<const TokenId> tokens) {
  if (attention_ == nullptr) {
    fail(ErrorKind::unavailable, "nothing was loaded that gives this decoder's attention scores");
  }
  rows_.clear();
  return attention_->scores(tokens, encoder_output_);
}

void FullDecoderSession::run(const std::vector<TokenId>& row,
                             std::span<const std::size_t> positions) {
  const auto length = static_cast<std::int64_t>(row.size());
  if (length > context_) {
    fail(ErrorKind::usage, "a sequence of ", length, " tokens does not fit the decoder's context ",
         "of ", context_);
  }
  Tensor embeddings(DType::float32, {1, length, embedding_.width()});
  embedding_.look_up(row, embeddings.floats());
  Tensor logits(DType::float32, {1, length, embedding_.n_vocab()});
  const std::array<const Tensor*, 2> inputs{&embeddings, &encoder_output_};
  const std::array<Tensor*, 1> outputs{&logits};
  decoder_.run(inputs, outputs);
  const auto n_vocab = static_cast<std::size_t>(embedding_.n_vocab());
  for (const std::size_t position : positions) {
    const auto after = logits.floats().subspan(position * n_vocab, n_vocab);
    logits_.insert(logits_.end(), after.begin(), after.end());
  }
}

}  // namespace sotto
