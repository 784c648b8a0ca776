#include "run/backends/cpu/steps/row_attention_step.h"

#include <omp.h>
#include <utility>

#include "run/backends/cpu/kernels/row_attention.h"

namespace sotto::cpu {
namespace {

// With more queries the products of oneDNN, which use a key for several of them, are faster.
constexpr std::int64_t kMostQueries = 8;

std::vector<std::int64_t> multiples(std::int64_t stride, std::int64_t count) {
  std::vector<std::int64_t> places(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) places[static_cast<std::size_t>(i)] = i * stride;
  return places;
}

}  // namespace

bool RowAttentionStep::takes(const AttentionOperands& operands) {
  const Layout &query = operands.query.layout, &key = operands.key.layout;
  const Layout& value = operands.value.layout;
  const std::int64_t width = key.shape[1];
  return query.shape[1] <= kMostQueries && !operands.mask && value.shape[2] == width &&
         (width == 1 || (key.strides[1] == 1 && value.strides[2] == 1));
}

RowAttentionStep::RowAttentionStep(AttentionOperands operands, Buffers& buffers)
    : operands_(std::move(operands)),
      heads_(operands_.query.layout.shape[0]),
      rows_(operands_.query.layout.shape[1]),
      keys_(operands_.key.layout.shape[2]),
      threads_(omp_get_max_threads()),
      scores_(row_attention_scratch(static_cast<std::size_t>(keys_))),
      key_places_(multiples(operands_.key.layout.strides[2], keys_)),
      value_places_(multiples(operands_.value.layout.strides[1], keys_)),
      scratch_(buffers.add(static_cast<std::size_t>(threads_) * scores_ * sizeof(float))) {}

std::vector<Storage> RowAttentionStep::touched() const {
  return {operands_.query.storage, operands_.key.storage, operands_.value.storage,
          operands_.output.storage, Storage{scratch_}};
}

void RowAttentionStep::bind(const AddressOf& address_of) {
  addresses_ = {address_of(operands_.query.storage), address_of(operands_.key.storage),
                address_of(operands_.value.storage), address_of(operands_.output.storage),
                address_of(scratch_)};
}

void RowAttentionStep::attend(std::int64_t head, std::int64_t row, float* scores) const {
  const auto at = [&](float* base, const Layout& layout, std::int64_t place) {
    return base + head * layout.strides[0] + place * layout.strides[1];
  };
  attend_row({at(addresses_.query, operands_.query.layout, row),
              at(addresses_.key, operands_.key.layout, 0),
              at(addresses_.value, operands_.value.layout, 0), key_places_.data(),
              value_places_.data(), static_cast<std::size_t>(keys_),
              static_cast<std::size_t>(operands_.key.layout.shape[1]), scores,
              at(addresses_.output, operands_.output.layout, row)});
}

// All queries of a head in turn, so that all but the first find its keys and values in the cache.
void RowAttentionStep::run() {
#pragma omp parallel for num_threads(threads_) schedule(static)
  for (std::int64_t task = 0; task < heads_ * rows_; ++task) {
    float* scores = addresses_.scores + static_cast<std::size_t>(omp_get_thread_num()) * scores_;
    attend(task / rows_, task % rows_, scores);
  }
}

}  // namespace sotto::cpu
