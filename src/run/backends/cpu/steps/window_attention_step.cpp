#include "run/backends/cpu/steps/window_attention_step.h"

#include <algorithm>
#include <omp.h>
#include <utility>

#include "run/backends/cpu/kernels/row_attention.h"

namespace sotto::cpu {
namespace {

std::vector<std::int64_t> places_of(const KeptWindow& form) {
  std::vector<std::int64_t> places(static_cast<std::size_t>(form.places));
  for (std::size_t i = 0; i < places.size(); ++i) {
    places[i] = static_cast<std::int64_t>(i) * form.width;
  }
  return places;
}

}  // namespace

WindowAttentionStep::WindowAttentionStep(WindowAttentionOperands operands, const KeptWindow& form,
                                         Buffers& buffers)
    : operands_(std::move(operands)),
      form_(form),
      rows_(operands_.output.layout.shape[0]),
      threads_(omp_get_max_threads()),
      scores_(row_attention_scratch(static_cast<std::size_t>(form.places))),
      places_(places_of(form)),
      scratch_(buffers.add(static_cast<std::size_t>(threads_) * scores_ * sizeof(float))) {}

std::vector<Storage> WindowAttentionStep::touched() const {
  return {operands_.query.storage,  operands_.windows.storage,
          operands_.output.storage, Storage{scratch_},
          operands_.keys,           operands_.values};
}

void WindowAttentionStep::bind(const AddressOf& address_of) {
  addresses_ = {address_of(operands_.query.storage), address_of(operands_.output.storage),
                address_of(scratch_),
                reinterpret_cast<const std::int32_t*>(address_of(operands_.windows.storage))};
}

void WindowAttentionStep::attend(std::int64_t row, std::int64_t head, float* scores) const {
  const std::int64_t window = addresses_.windows[row], first = head * form_.width;
  float* output = addresses_.output + row * form_.heads * form_.width + first;
  if (window < 0) {
    std::fill_n(output, form_.width, 0.0F);
    return;
  }
  const std::int64_t place = window * form_.elements() + head * form_.head_elements();
  attend_row({addresses_.query + row * operands_.query.layout.strides[0] + first,
              operands_.keys->data + place, operands_.values->data + place, places_.data(),
              places_.data(), places_.size(), static_cast<std::size_t>(form_.width), scores,
              output});
}

// All rows of a head in turn: those of one window stand together, and all but the first of them
// find its keys and values in the cache.
void WindowAttentionStep::run() {
  const std::int64_t elements = std::min(operands_.keys->elements, operands_.values->elements);
  for (std::int64_t row = 0; row < rows_; ++row) {
    check_window(form_, elements, addresses_.windows[row]);
  }
#pragma omp parallel for num_threads(threads_) schedule(static)
  for (std::int64_t task = 0; task < form_.heads * rows_; ++task) {
    float* scores = addresses_.scores + static_cast<std::size_t>(omp_get_thread_num()) * scores_;
    attend(task % rows_, task / rows_, scores);
  }
}

}  // namespace sotto::cpu
