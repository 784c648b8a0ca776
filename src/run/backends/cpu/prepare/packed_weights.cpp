#include "run/backends/cpu/prepare/packed_weights.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <vector>

#include "core/base/error.h"
#include "core/base/float16.h"
#include "core/base/mapped_file.h"
#include "run/backends/cpu/kernels/product.h"
#include "run/backends/cpu/kernels/row_product.h"

namespace sotto::cpu {
namespace {

bool same_elements(const TensorView& a, const TensorView& b) {
  return a.data == b.data && a.dtype == b.dtype && a.shape == b.shape && a.strides == b.strides;
}

bool is_convolution(WeightForm form) {
  return form == WeightForm::convolution_f32 || form == WeightForm::convolution_bf16;
}

Element element_of(WeightForm form) {
  switch (form) {
    case WeightForm::panels_bf16:
    case WeightForm::convolution_bf16:
      return Element::bf16;
    case WeightForm::panels_int8:
    case WeightForm::row_panels_int8:
      return Element::int8;
    case WeightForm::row_panels_f16:
    case WeightForm::dense:
    case WeightForm::panels_f32:
    case WeightForm::convolution_f32:
      return Element::f32;
  }
  fail(ErrorKind::internal, "a constant in no form");
}

std::size_t bytes_of_panel(WeightForm form, std::int64_t depth) {
  if (form == WeightForm::row_panels_int8) return byte_panel_bytes(depth);
  if (form == WeightForm::row_panels_f16) return half_panel_bytes(depth);
  return panel_bytes(element_of(form), depth);
}

/// [C, K] as [K, C]: the places of a kernel one after another, each with all channels.
void turn(std::span<const float> channels, std::int64_t taps, float* out) {
  const std::int64_t count = static_cast<std::int64_t>(channels.size()) / taps;
  for (std::int64_t tap = 0; tap < taps; ++tap) {
    for (std::int64_t channel = 0; channel < count; ++channel) {
      *out++ = channels[static_cast<std::size_t>(channel * taps + tap)];
    }
  }
}

/// Rows that have been read, where no others lie between them.
void leave_rows(const TensorView& view, std::int64_t first, std::int64_t count) {
  if (!is_dense(view)) return;
  const TensorView rows = slice_rows(view, first, count);
  leave_mapped_pages(rows.data, span_bytes(rows));
}

/// Packs panels of one matrix, whose columns are the rows of `view`.
class Packer {
 public:
  Packer(const TensorView& view, WeightForm form)
      : view_(view), form_(form), depth_(num_elements(view.shape) / view.shape[0]) {}

  [[nodiscard]] std::int64_t panels() const { return groups_of(view_.shape[0]); }
  [[nodiscard]] std::size_t panel_size() const { return bytes_of_panel(form_, depth_); }
  /// Floats of scratch a thread.
  [[nodiscard]] std::size_t scratch() const {
    return static_cast<std::size_t>((kGroup + 1) * depth_);
  }

  /// Where the values lie in a mapped file, their pages are let go, so that no large constant is
  /// there twice.
  void pack(std::int64_t panel, float* scratch, std::byte* out) const {
    const std::int64_t first = panel * kGroup;
    const std::int64_t count = std::min(kGroup, view_.shape[0] - first);
    const auto depth = static_cast<std::size_t>(depth_);
    for (std::int64_t i = 0; i < count; ++i) {
      float* column = scratch + i * depth_;
      if (is_convolution(form_)) {
        const std::span<float> row(scratch + kGroup * depth_, depth);
        read_float32(view_, (first + i) * depth_, row);
        turn(row, view_.shape[2], column);
      } else {
        read_float32(view_, (first + i) * depth_, {column, depth});
      }
    }
    if (form_ == WeightForm::row_panels_int8) {
      pack_byte_panel(scratch, count, depth_, out);
    } else if (form_ == WeightForm::row_panels_f16) {
      pack_half_panel(scratch, count, depth_, out);
    } else {
      pack_panel(element_of(form_), scratch, count, depth_, out);
    }
    leave_rows(view_, first, count);
  }

 private:
  const TensorView& view_;
  WeightForm form_;
  std::int64_t depth_;
};

/// Normal halves are floats whose last 13 bits are zero, in a range of exponents; the few others
/// are asked one by one.
bool all_fit_float16(std::span<const float> values) {
  std::uint32_t rest = 0, odd = 0;
  for (const float value : values) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t exponent = (bits >> 23U) & 0xFFU;
    rest |= bits & 0x1FFFU;
    odd |= static_cast<std::uint32_t>(exponent < 113 || exponent > 142);
  }
  if (rest == 0 && odd == 0) return true;
  return std::all_of(values.begin(), values.end(), [](float value) {
    return float16_to_float32(float32_to_float16(value)) == value;
  });
}

}  // namespace

bool PackedWeights::fits_float16(const TensorView& view) {
  if (view.dtype == DType::float16) return true;
  if (view.dtype != DType::float32) return false;
  const std::lock_guard lock(mutex_);
  const auto known = fitting_.find(view.data);
  if (known != fitting_.end()) return known->second;
  const std::int64_t rows = view.shape[0], width = num_elements(view.shape) / rows;
  std::vector<float> scratch(static_cast<std::size_t>(threads_->threads() * width));
  std::atomic<bool> fits = true;
  threads_->share(rows, kGroup, [&](Share share, int thread) {
    const std::span<float> row(scratch.data() + thread * width, static_cast<std::size_t>(width));
    for (std::int64_t i = share.first; i < share.last && fits; ++i) {
      read_float32(view, i * width, row);
      if (!all_fit_float16(row)) fits = false;
      if ((i + 1) % kGroup == 0) leave_rows(view, i + 1 - kGroup, kGroup);
    }
  });
  return fitting_.emplace(view.data, fits).first->second;
}

PackedWeights::Packed PackedWeights::packed(const TensorView& view, WeightForm form) {
  const std::lock_guard lock(mutex_);
  const auto [first, last] = entries_.equal_range(view.data);
  for (auto entry = first; entry != last; ++entry) {
    const Entry& known = entry->second;
    if (known.form == form && same_elements(known.view, view)) return known.packed;
  }
  if (view.dtype == DType::int32 || view.dtype == DType::int64) {
    fail(ErrorKind::unsupported, "the cpu back end expected constants of a float type, found ",
         to_string(view.dtype));
  }
  const Packed packed = pack(view, form);
  bytes_ += packed.bytes;
  leave_mapped_pages(view.data, span_bytes(view));
  entries_.emplace(view.data, Entry{view, form, packed});
  return packed;
}

PackedWeights::Packed PackedWeights::pack(const TensorView& view, WeightForm form) {
  if (form == WeightForm::dense) {
    const auto elements = static_cast<std::size_t>(num_elements(view.shape));
    std::byte* memory = memory_.take(elements * sizeof(float));
    read_float32(view, 0, {reinterpret_cast<float*>(memory), elements});
    return {memory, elements * sizeof(float)};
  }
  const Packer packer(view, form);
  const std::size_t size = packer.panel_size();
  const std::size_t bytes = static_cast<std::size_t>(packer.panels()) * size;
  std::byte* memory = memory_.take(bytes);
  std::vector<float> scratch(static_cast<std::size_t>(threads_->threads()) * packer.scratch());
  threads_->share(packer.panels(), 1, [&](Share panels, int thread) {
    float* mine = scratch.data() + static_cast<std::size_t>(thread) * packer.scratch();
    for (std::int64_t panel = panels.first; panel < panels.last; ++panel) {
      packer.pack(panel, mine, memory + static_cast<std::size_t>(panel) * size);
    }
  });
  return {memory, bytes};
}

}  // namespace sotto::cpu
