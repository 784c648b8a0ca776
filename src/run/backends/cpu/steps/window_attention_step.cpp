#include "run/backends/cpu/steps/window_attention_step.h"

#include <algorithm>
#include <utility>

namespace sotto::cpu {
namespace {

enum Place : std::size_t { kQuery, kKeys, kValues, kWindows, kOutput, kScratch };

// Rows that read a head together: more would only want more scratch.
constexpr std::int64_t kMostRows = 8;

}  // namespace

WindowAttentionStep::WindowAttentionStep(WindowAttentionOperands operands, const WindowForm& form,
                                         const Kernels& kernels, int threads, Buffers& buffers)
    : Step({operands.query.storage, operands.keys, operands.values, operands.windows.storage,
            operands.output.storage,
            buffers.add(static_cast<std::size_t>(threads) * window_scratch(form, kMostRows))}),
      operands_(std::move(operands)),
      form_(form),
      kernels_(kernels),
      rows_(operands_.output.layout.shape[0]),
      scratch_bytes_(window_scratch(form, kMostRows)) {
  groups_.reserve(static_cast<std::size_t>(rows_));
}

void WindowAttentionStep::find_groups() {
  const auto* windows = reinterpret_cast<const std::int32_t*>(address(kWindows));
  const std::size_t bytes = std::min(operands_.keys->bytes, operands_.values->bytes);
  groups_.clear();
  for (std::int64_t row = 0; row < rows_; ++row) {
    check_window(form_, bytes, windows[row]);
    const bool joins = !groups_.empty() && groups_.back().window == windows[row] &&
                       row - groups_.back().first < kMostRows;
    if (joins) {
      groups_.back().last = row + 1;
    } else {
      groups_.push_back({row, row + 1, windows[row]});
    }
  }
}

void WindowAttentionStep::attend(const Group& group, std::int64_t head, std::byte* scratch) const {
  const std::int64_t width = form_.heads * form_.width, first = head * form_.width;
  float* output = floats(kOutput) + group.first * width + first;
  if (group.window < 0) {
    for (std::int64_t row = group.first; row < group.last; ++row, output += width) {
      std::fill_n(output, form_.width, 0.0F);
    }
    return;
  }
  const std::size_t place = static_cast<std::size_t>(group.window) * window_bytes(form_) +
                            static_cast<std::size_t>(head) * window_head_bytes(form_);
  const std::int64_t stride = operands_.query.layout.strides[0];
  WindowQueries queries;
  queries.form = form_;
  queries.query = floats(kQuery) + group.first * stride + first;
  queries.stride = stride;
  queries.count = group.last - group.first;
  queries.keys = address(kKeys) + place;
  queries.values = address(kValues) + place;
  queries.output = output;
  queries.output_stride = width;
  queries.scratch = scratch;
  kernels_.attend_window(queries);
}

void WindowAttentionStep::run(ThreadPool& threads) {
  find_groups();
  const auto groups = static_cast<std::int64_t>(groups_.size());
  threads.share(form_.heads * groups, 1, [&](Share tasks, int thread) {
    std::byte* scratch = address(kScratch) + static_cast<std::size_t>(thread) * scratch_bytes_;
    for (std::int64_t task = tasks.first; task < tasks.last; ++task) {
      attend(groups_[static_cast<std::size_t>(task / form_.heads)], task % form_.heads, scratch);
    }
  });
}

}  // namespace sotto::cpu
