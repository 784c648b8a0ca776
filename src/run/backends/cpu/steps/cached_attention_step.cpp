#include "run/backends/cpu/steps/cached_attention_step.h"

#include <algorithm>
#include <omp.h>
#include <utility>

#include "core/base/error.h"
#include "run/backends/cpu/kernels/row_attention.h"

namespace sotto::cpu {

CachedAttentionStep::CachedAttentionStep(CachedAttentionOperands operands, std::int64_t heads,
                                         Buffers& buffers)
    : operands_(std::move(operands)),
      heads_(heads),
      rows_(operands_.slots.layout.shape[0]),
      width_(operands_.output.layout.shape[1]),
      capacity_(operands_.slots.layout.shape[1]),
      threads_(omp_get_max_threads()),
      scores_(row_attention_scratch(static_cast<std::size_t>(capacity_))),
      scores_scratch_(buffers.add(static_cast<std::size_t>(threads_) * scores_ * sizeof(float))),
      places_scratch_(
          buffers.add(static_cast<std::size_t>(rows_ * capacity_) * sizeof(std::int64_t))),
      lengths_(static_cast<std::size_t>(rows_)) {}

std::vector<Storage> CachedAttentionStep::touched() const {
  return {operands_.query.storage,  operands_.key.storage,    operands_.value.storage,
          operands_.slots.storage,  operands_.output.storage, Storage{scores_scratch_},
          Storage{places_scratch_}, operands_.key_cache,      operands_.value_cache};
}

void CachedAttentionStep::bind(const AddressOf& address_of) {
  addresses_ = {address_of(operands_.query.storage),
                address_of(operands_.key.storage),
                address_of(operands_.value.storage),
                address_of(operands_.output.storage),
                address_of(scores_scratch_),
                reinterpret_cast<const std::int32_t*>(address_of(operands_.slots.storage)),
                reinterpret_cast<std::int64_t*>(address_of(places_scratch_))};
}

// Where the tokens of a row's sequence lie in the cache, in elements.
void CachedAttentionStep::read_table(std::int64_t row) {
  const std::int64_t slots =
      std::min(operands_.key_cache->elements, operands_.value_cache->elements) /
      (capacity_ * width_);
  const std::int32_t* table = addresses_.slots + row * capacity_;
  std::int64_t* places = addresses_.places + row * capacity_;
  std::int64_t length = 0;
  for (; length < capacity_ && table[length] >= 0; ++length) {
    if (table[length] >= slots) {
      fail(ErrorKind::mismatch, "row ", row, " has its position ", length, " in slot ",
           table[length], " of a cache of ", slots);
    }
    places[length] = (table[length] * capacity_ + length) * width_;
  }
  lengths_[static_cast<std::size_t>(row)] = length;
}

void CachedAttentionStep::store(std::int64_t row) const {
  const std::int64_t length = lengths_[static_cast<std::size_t>(row)];
  if (length == 0) return;
  const std::int64_t place = addresses_.places[row * capacity_ + length - 1];
  std::copy_n(addresses_.key + row * operands_.key.layout.strides[0], width_,
              operands_.key_cache->data + place);
  std::copy_n(addresses_.value + row * operands_.value.layout.strides[0], width_,
              operands_.value_cache->data + place);
}

void CachedAttentionStep::attend(std::int64_t row, std::int64_t head, float* scores) const {
  const std::int64_t length = lengths_[static_cast<std::size_t>(row)];
  const std::int64_t width = width_ / heads_;
  const std::int64_t first = head * width;
  float* output = addresses_.output + row * width_ + first;
  if (length == 0) {
    std::fill_n(output, width, 0.0F);
    return;
  }
  const std::int64_t* places = addresses_.places + row * capacity_;
  attend_row({addresses_.query + row * operands_.query.layout.strides[0] + first,
              operands_.key_cache->data + first, operands_.value_cache->data + first, places,
              places, static_cast<std::size_t>(length), static_cast<std::size_t>(width), scores,
              output});
}

void CachedAttentionStep::run() {
  for (std::int64_t row = 0; row < rows_; ++row) read_table(row);
  for (std::int64_t row = 0; row < rows_; ++row) store(row);
#pragma omp parallel for num_threads(threads_) schedule(static)
  for (std::int64_t task = 0; task < heads_ * rows_; ++task) {
    float* scores = addresses_.scores + static_cast<std::size_t>(omp_get_thread_num()) * scores_;
    attend(task % rows_, task / rows_, scores);
  }
}

}  // namespace sotto::cpu
