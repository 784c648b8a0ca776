#include "run/backends/cpu/steps/keep_rows_step.h"

#include <algorithm>
#include <omp.h>
#include <utility>

#include "core/base/error.h"

namespace sotto::cpu {

void check_window(const KeptWindow& form, std::int64_t elements, std::int64_t window) {
  const std::int64_t windows = elements / form.elements();
  if (window < windows) return;
  fail(ErrorKind::mismatch, "window ", window, " of a cache of ", windows);
}

KeepRowsStep::KeepRowsStep(KeepRowsOperands operands, const KeptWindow& form)
    : operands_(std::move(operands)), form_(form), threads_(omp_get_max_threads()) {}

std::vector<Storage> KeepRowsStep::touched() const {
  return {operands_.rows.storage, operands_.window.storage, operands_.output.storage,
          operands_.cache};
}

void KeepRowsStep::bind(const AddressOf& address_of) {
  addresses_ = {address_of(operands_.rows.storage),
                reinterpret_cast<const std::int32_t*>(address_of(operands_.window.storage)),
                address_of(operands_.output.storage)};
}

void KeepRowsStep::run() {
  const std::int64_t window = *addresses_.window;
  if (window < 0) fail(ErrorKind::mismatch, "window ", window, " cannot be kept");
  check_window(form_, operands_.cache->elements, window);
  float* target = operands_.cache->data + window * form_.elements();
  const std::int64_t stride = operands_.rows.layout.strides[0];
#pragma omp parallel for num_threads(threads_) schedule(static)
  for (std::int64_t head = 0; head < form_.heads; ++head) {
    for (std::int64_t place = 0; place < form_.places; ++place) {
      std::copy_n(addresses_.rows + place * stride + head * form_.width, form_.width,
                  target + head * form_.head_elements() + place * form_.width);
    }
  }
  *addresses_.output = 0;
}

}  // namespace sotto::cpu
