#include "run/engine/full_decoder_session.h"

#include <array>
#include <utility>

namespace sotto {

FullDecoderSession::FullDecoderSession(Executable& decoder, const TokenEmbedding& embedding,
                                       const Tensor& encoder_output)
    : decoder_(decoder),
      embedding_(embedding),
      encoder_output_(encoder_output),
      context_(decoder.signature().inputs.at(0).shape.at(1)) {}

std::span<const float> FullDecoderSession::prefill(std::span<const TokenId> tokens,
                                                   std::span<const std::size_t> positions) {
  rows_.assign(1, {tokens.begin(), tokens.end()});
  logits_.clear();
  run(rows_.front(), positions);
  return logits_;
}

void FullDecoderSession::reorder(std::span<const std::size_t> sources) {
  std::vector<std::vector<TokenId>> rows;
  rows.reserve(sources.size());
  for (const std::size_t source : sources) rows.push_back(rows_[source]);
  rows_ = std::move(rows);
}

std::span<const float> FullDecoderSession::step(std::span<const TokenId> tokens) {
  logits_.clear();
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    rows_[i].push_back(tokens[i]);
    const std::size_t last = rows_[i].size() - 1;
    run(rows_[i], std::span(&last, 1));
  }
  return logits_;
}

void FullDecoderSession::run(const std::vector<TokenId>& row,
                             std::span<const std::size_t> positions) {
  const auto length = static_cast<std::int64_t>(row.size());
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
