#include "run/engine/stateful_decoder_session.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sotto {
namespace {

/// Memory of the last call serves the next one where shapes are equal, as in all steps.
Tensor& shaped(Tensor& tensor, DType dtype, const Shape& shape) {
  if (tensor.dtype() != dtype || tensor.shape() != shape) tensor = Tensor(dtype, shape);
  return tensor;
}

}  // namespace

StatefulDecoderSession::StatefulDecoderSession(StatefulDecoder& decoder,
                                               const TokenEmbedding& embedding,
                                               const Tensor& encoder_output)
    : decoder_(decoder), embedding_(embedding) {
  decoder.begin_window(encoder_output);
}

std::span<const float> StatefulDecoderSession::prefill(std::span<const TokenId> tokens,
                                                       std::span<const std::size_t> positions) {
  const auto length = static_cast<std::int64_t>(tokens.size());
  embed(tokens, 0, 1);
  shaped(slots_, DType::int32, {length, context()});
  SlotTable table;
  for (std::size_t row = 0; row < tokens.size(); ++row) {
    table.push_back(0);
    write_slots(row, table);
  }
  run_layers();
  rows_.assign(1, table);

  const auto width = static_cast<std::size_t>(embedding_.width());
  const auto count = static_cast<std::int64_t>(positions.size());
  if (count == 0) return {};
  shaped(wanted_, DType::float32, {1, count, embedding_.width()});
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const auto row = hidden_.floats().subspan(positions[i] * width, width);
    std::copy(row.begin(), row.end(), wanted_.floats().subspan(i * width).begin());
  }
  return project(wanted_);
}

// The next token of a row goes to the slot of the row's number, where no sequence has a token of
// that position yet.
void StatefulDecoderSession::reorder(std::span<const std::size_t> sources) {
  std::vector<SlotTable> rows;
  rows.reserve(sources.size());
  for (const std::size_t source : sources) rows.push_back(rows_[source]);
  rows_ = std::move(rows);
}

std::span<const float> StatefulDecoderSession::step(std::span<const TokenId> tokens) {
  const std::size_t position = rows_.front().size();
  const auto count = static_cast<std::int64_t>(rows_.size());
  embed(tokens, static_cast<std::int64_t>(position), 0);
  decoder_.reserve(count);
  shaped(slots_, DType::int32, {count, context()});
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    rows_[row].push_back(static_cast<std::int32_t>(row));
    write_slots(row, rows_[row]);
  }
  run_layers();
  return project(hidden_);
}

// Behind the table stands a negative number, unless it is full.
void StatefulDecoderSession::write_slots(std::size_t row, const SlotTable& table) {
  const auto capacity = static_cast<std::size_t>(context());
  std::byte* target = slots_.data() + row * capacity * sizeof(std::int32_t);
  std::memcpy(target, table.data(), table.size() * sizeof(std::int32_t));
  constexpr std::int32_t kEnd = -1;
  if (table.size() < capacity) {
    std::memcpy(target + table.size() * sizeof kEnd, &kEnd, sizeof kEnd);
  }
}

void StatefulDecoderSession::embed(std::span<const TokenId> tokens, std::int64_t first,
                                   std::int64_t step) {
  const auto rows = static_cast<std::int64_t>(tokens.size());
  shaped(embedded_, DType::float32, {1, rows, embedding_.width()});
  embedding_.look_up(tokens, embedded_.floats());
  decoder_.add_positions(embedded_, first, step);
}

void StatefulDecoderSession::run_layers() {
  decoder_.run(embedded_, slots_, shaped(hidden_, DType::float32, embedded_.shape()));
}

std::span<const float> StatefulDecoderSession::project(const Tensor& hidden) {
  const Shape shape{1, hidden.shape()[1], embedding_.n_vocab()};
  decoder_.project(hidden, shaped(logits_, DType::float32, shape));
  return logits_.floats();
}

}  // namespace sotto
