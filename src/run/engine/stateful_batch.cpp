#include "run/engine/stateful_batch.h"

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

StatefulBatch::StatefulBatch(StatefulDecoder& decoder, const TokenEmbedding& embedding,
                             std::size_t places)
    : decoder_(decoder), embedding_(embedding), places_(places) {
  decoder_.reserve(static_cast<std::int64_t>(places), static_cast<std::int64_t>(places));
}

void StatefulBatch::keep(std::size_t place, const Tensor& encoder_output) {
  drop(place);
  decoder_.keep_window(encoder_output, static_cast<std::int64_t>(place));
}

std::span<const float> StatefulBatch::prefill(std::size_t place, std::span<const TokenId> tokens,
                                              std::span<const std::size_t> positions) {
  Place& target = places_[place];
  take_slots(target, 1);
  begin_rows(tokens.size());
  SlotTable table;
  for (std::size_t row = 0; row < tokens.size(); ++row) {
    table.push_back(target.slots.front());
    add_row(table, place);
  }
  run_layers(tokens);
  target.rows.assign(1, table);

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

void StatefulBatch::reorder(std::size_t place, std::span<const std::size_t> sources) {
  std::vector<SlotTable> rows;
  rows.reserve(sources.size());
  for (const std::size_t source : sources) rows.push_back(places_[place].rows[source]);
  places_[place].rows = std::move(rows);
}

void StatefulBatch::drop(std::size_t place) {
  Place& dropped = places_[place];
  free_slots_.insert(free_slots_.end(), dropped.slots.begin(), dropped.slots.end());
  dropped = {};
}

// The next token of a row goes to the place's slot of the row's number, where no sequence has a
// token of that position yet.
std::span<const float> StatefulBatch::step(std::span<const TokenId> tokens) {
  begin_rows(tokens.size());
  for (std::size_t place = 0; place < places_.size(); ++place) {
    Place& fed = places_[place];
    take_slots(fed, fed.rows.size());
    for (std::size_t row = 0; row < fed.rows.size(); ++row) {
      fed.rows[row].push_back(fed.slots[row]);
      add_row(fed.rows[row], place);
    }
  }
  run_layers(tokens);
  return project(hidden_);
}

void StatefulBatch::take_slots(Place& place, std::size_t rows) {
  while (place.slots.size() < rows) {
    if (free_slots_.empty()) free_slots_.push_back(slots_used_++);
    place.slots.push_back(free_slots_.back());
    free_slots_.pop_back();
  }
  decoder_.reserve(slots_used_, static_cast<std::int64_t>(places_.size()));
}

void StatefulBatch::begin_rows(std::size_t count) {
  const auto rows = static_cast<std::int64_t>(count);
  positions_.clear();
  shaped(slots_, DType::int32, {rows, context()});
  shaped(windows_, DType::int32, {rows});
}

// Behind the table stands a negative number, unless it is full.
void StatefulBatch::add_row(const SlotTable& table, std::size_t place) {
  const auto capacity = static_cast<std::size_t>(context());
  const std::size_t row = positions_.size();
  std::byte* target = slots_.data() + row * capacity * sizeof(std::int32_t);
  std::memcpy(target, table.data(), table.size() * sizeof(std::int32_t));
  constexpr std::int32_t kEnd = -1;
  if (table.size() < capacity) {
    std::memcpy(target + table.size() * sizeof kEnd, &kEnd, sizeof kEnd);
  }
  const auto window = static_cast<std::int32_t>(place);
  std::memcpy(windows_.data() + row * sizeof window, &window, sizeof window);
  positions_.push_back(table.size() - 1);
}

void StatefulBatch::run_layers(std::span<const TokenId> tokens) {
  const auto rows = static_cast<std::int64_t>(tokens.size());
  shaped(embedded_, DType::float32, {1, rows, embedding_.width()});
  embedding_.look_up(tokens, embedded_.floats());
  decoder_.add_positions(embedded_, positions_);
  decoder_.run({embedded_, slots_, windows_}, shaped(hidden_, DType::float32, embedded_.shape()));
}

std::span<const float> StatefulBatch::project(const Tensor& hidden) {
  const Shape shape{1, hidden.shape()[1], embedding_.n_vocab()};
  decoder_.project(hidden, shaped(logits_, DType::float32, shape));
  return logits_.floats();
}

}  // namespace sotto
