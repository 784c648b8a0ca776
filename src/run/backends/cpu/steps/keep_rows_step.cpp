#include "run/backends/cpu/steps/keep_rows_step.h"

#include <utility>

#include "core/base/error.h"

namespace sotto::cpu {
namespace {

enum Place : std::size_t { kRows, kCache, kWindow, kOutput };

}  // namespace

void check_window(const WindowForm& form, std::size_t bytes, std::int64_t window) {
  const auto windows = static_cast<std::int64_t>(bytes / window_bytes(form));
  if (window < windows) return;
  fail(ErrorKind::mismatch, "window ", window, " of a cache of ", windows);
}

KeepRowsStep::KeepRowsStep(KeepRowsOperands operands, const WindowForm& form,
                           const Kernels& kernels)
    : Step({operands.rows.storage, operands.cache, operands.window.storage,
            operands.output.storage}),
      operands_(std::move(operands)),
      form_(form),
      kernels_(kernels) {}

void KeepRowsStep::run(ThreadPool& threads) {
  const std::int64_t window = *reinterpret_cast<const std::int32_t*>(address(kWindow));
  if (window < 0) fail(ErrorKind::mismatch, "window ", window, " cannot be kept");
  check_window(form_, operands_.cache->bytes, window);
  std::byte* target = address(kCache) + static_cast<std::size_t>(window) * window_bytes(form_);
  threads.share(form_.heads, 1, [&](Share heads, int) {
    for (std::int64_t head = heads.first; head < heads.last; ++head) {
      operands_.keep({form_, floats(kRows) + head * form_.width,
                      operands_.rows.layout.strides[0],
                      target + static_cast<std::size_t>(head) * window_head_bytes(form_)});
    }
  });
  *floats(kOutput) = 0;
}

}  // namespace sotto::cpu
