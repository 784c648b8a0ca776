#include "run/backends/cpu/steps/cached_attention_step.h"

#include <algorithm>
#include <utility>

#include "core/base/error.h"

namespace sotto::cpu {
namespace {

enum Place : std::size_t {
  kQuery,
  kKey,
  kValue,
  kSlots,
  kOutput,
  kKeyCache,
  kValueCache,
  kScores,
  kPlaces
};

std::int64_t capacity_of(const CachedAttentionOperands& operands) {
  return operands.slots.layout.shape[1];
}

std::size_t scores_of(const CachedAttentionOperands& operands) {
  return row_attention_scratch(static_cast<std::size_t>(capacity_of(operands)));
}

std::size_t places_bytes(const CachedAttentionOperands& operands) {
  return static_cast<std::size_t>(num_elements(operands.slots.layout.shape)) * sizeof(std::int64_t);
}

}  // namespace

CachedAttentionStep::CachedAttentionStep(CachedAttentionOperands operands, std::int64_t heads,
                                         const Kernels& kernels, int threads, Buffers& buffers)
    : Step({operands.query.storage, operands.key.storage, operands.value.storage,
            operands.slots.storage, operands.output.storage, operands.key_cache,
            operands.value_cache,
            buffers.add(static_cast<std::size_t>(threads) * scores_of(operands) * sizeof(float)),
            buffers.add(places_bytes(operands))}),
      operands_(std::move(operands)),
      kernels_(kernels),
      heads_(heads),
      rows_(operands_.slots.layout.shape[0]),
      width_(operands_.output.layout.shape[1]),
      capacity_(capacity_of(operands_)),
      scores_(scores_of(operands_)),
      lengths_(static_cast<std::size_t>(rows_)) {}

// Where the tokens of a row's sequence lie in the cache, in elements.
void CachedAttentionStep::read_table(std::int64_t row) {
  const std::size_t bytes = std::min(operands_.key_cache->bytes, operands_.value_cache->bytes);
  const std::int64_t slots =
      static_cast<std::int64_t>(bytes / sizeof(float)) / (capacity_ * width_);
  const auto* table = reinterpret_cast<const std::int32_t*>(address(kSlots)) + row * capacity_;
  auto* places = reinterpret_cast<std::int64_t*>(address(kPlaces)) + row * capacity_;
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
  const std::int64_t place =
      reinterpret_cast<const std::int64_t*>(address(kPlaces))[row * capacity_ + length - 1];
  std::copy_n(floats(kKey) + row * operands_.key.layout.strides[0], width_,
              floats(kKeyCache) + place);
  std::copy_n(floats(kValue) + row * operands_.value.layout.strides[0], width_,
              floats(kValueCache) + place);
}

void CachedAttentionStep::attend(std::int64_t row, std::int64_t head, float* scores) const {
  const std::int64_t length = lengths_[static_cast<std::size_t>(row)];
  const std::int64_t width = width_ / heads_;
  const std::int64_t first = head * width;
  float* output = floats(kOutput) + row * width_ + first;
  if (length == 0) {
    std::fill_n(output, width, 0.0F);
    return;
  }
  const auto* places = reinterpret_cast<const std::int64_t*>(address(kPlaces)) + row * capacity_;
  kernels_.attend_row({floats(kQuery) + row * operands_.query.layout.strides[0] + first,
                       floats(kKeyCache) + first, floats(kValueCache) + first, places, places,
                       static_cast<std::size_t>(length), static_cast<std::size_t>(width), scores,
                       output});
}

void CachedAttentionStep::run(ThreadPool& threads) {
  for (std::int64_t row = 0; row < rows_; ++row) read_table(row);
  for (std::int64_t row = 0; row < rows_; ++row) store(row);
  threads.share(heads_ * rows_, 1, [this](Share tasks, int thread) {
    float* scores = floats(kScores) + static_cast<std::size_t>(thread) * scores_;
    for (std::int64_t task = tasks.first; task < tasks.last; ++task) {
      attend(task % rows_, task / rows_, scores);
    }
  });
}

}  // namespace sotto::cpu
