#include "run/backends/cpu/steps/row_attention_step.h"

#include <utility>

namespace sotto::cpu {
namespace {

enum Place : std::size_t { kQuery, kKey, kValue, kOutput, kScratch };

// With more queries it pays to pack the keys, which are then used for several of them.
constexpr std::int64_t kMostQueries = 8;

std::vector<std::int64_t> multiples(std::int64_t stride, std::int64_t count) {
  std::vector<std::int64_t> places(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) places[static_cast<std::size_t>(i)] = i * stride;
  return places;
}

std::size_t scratch_elements(const AttentionOperands& operands) {
  return row_attention_scratch(static_cast<std::size_t>(operands.key.layout.shape[2]));
}

}  // namespace

bool RowAttentionStep::takes(const AttentionOperands& operands) {
  const Layout &query = operands.query.layout, &key = operands.key.layout;
  const Layout& value = operands.value.layout;
  const std::int64_t width = key.shape[1];
  const bool is_f32 =
      operands.query.element == Element::f32 && operands.key.element == Element::f32 &&
      operands.value.element == Element::f32 && operands.output.element == Element::f32;
  return is_f32 && query.shape[1] <= kMostQueries && !operands.mask && value.shape[2] == width &&
         (width == 1 || (key.strides[1] == 1 && value.strides[2] == 1));
}

RowAttentionStep::RowAttentionStep(AttentionOperands operands, const Kernels& kernels, int threads,
                                   Buffers& buffers)
    : Step({operands.query.storage, operands.key.storage, operands.value.storage,
            operands.output.storage,
            buffers.add(static_cast<std::size_t>(threads) * scratch_elements(operands) *
                        sizeof(float))}),
      operands_(std::move(operands)),
      kernels_(kernels),
      heads_(operands_.query.layout.shape[0]),
      rows_(operands_.query.layout.shape[1]),
      keys_(operands_.key.layout.shape[2]),
      scores_(scratch_elements(operands_)),
      key_places_(multiples(operands_.key.layout.strides[2], keys_)),
      value_places_(multiples(operands_.value.layout.strides[1], keys_)) {}

void RowAttentionStep::attend(std::int64_t head, std::int64_t row, float* scores) const {
  const auto at = [&](float* base, const Layout& layout, std::int64_t place) {
    return base + head * layout.strides[0] + place * layout.strides[1];
  };
  kernels_.attend_row(
      {at(floats(kQuery), operands_.query.layout, row), at(floats(kKey), operands_.key.layout, 0),
       at(floats(kValue), operands_.value.layout, 0), key_places_.data(), value_places_.data(),
       static_cast<std::size_t>(keys_), static_cast<std::size_t>(operands_.key.layout.shape[1]),
       scores, at(floats(kOutput), operands_.output.layout, row)});
}

// All queries of a head in turn, so that all but the first find its keys and values in the cache.
void RowAttentionStep::run(ThreadPool& threads) {
  threads.share(heads_ * rows_, 1, [this](Share tasks, int thread) {
    float* scores = floats(kScratch) + static_cast<std::size_t>(thread) * scores_;
    for (std::int64_t task = tasks.first; task < tasks.last; ++task) {
      attend(task / rows_, task % rows_, scores);
    }
  });
}

}  // namespace sotto::cpu
