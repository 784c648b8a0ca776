#include "run/backends/cpu/prepare/packed_weights.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/error.h"

namespace sotto::cpu {
namespace {

// Rows are converted and packed in pieces of about this size, so that packing a matrix needs no
// second float32 copy of it. Multiples of 64 rows keep the pieces on the borders of oneDNN's
// blocks.
constexpr std::int64_t kPieceElements = std::int64_t{1} << 21;
constexpr std::int64_t kPieceRows = 64;

bool same_elements(const TensorView& a, const TensorView& b) {
  return a.data == b.data && a.dtype == b.dtype && a.shape == b.shape && a.strides == b.strides;
}

void convert_in_parallel(const TensorView& rows, float* out) {
  const std::int64_t row = num_elements(rows.shape) / rows.shape[0];
#pragma omp parallel for schedule(static)
  for (std::int64_t i = 0; i < rows.shape[0]; ++i) {
    read_float32(rows, i * row, {out + i * row, static_cast<std::size_t>(row)});
  }
}

}  // namespace

const float* PackedWeights::dense(const TensorView& view) {
  return packed(view, describe(dense_layout(view.shape)));
}

const float* PackedWeights::packed(const TensorView& view, const dnnl::memory::desc& layout) {
  const auto [first, last] = entries_.equal_range(view.data);
  for (auto entry = first; entry != last; ++entry) {
    const Entry& known = entry->second;
    if (same_elements(known.view, view) && known.memory.get_desc() == layout) {
      return static_cast<const float*>(known.memory.get_data_handle());
    }
  }
  if (view.dtype == DType::int32 || view.dtype == DType::int64) {
    fail(ErrorKind::unsupported, "the cpu back end expected constants of a float type, found ",
         to_string(view.dtype));
  }
  AlignedMemory bytes = allocate_aligned(layout.get_size());
  std::memset(bytes.get(), 0, layout.get_size());  // blocks may be padded
  dnnl::memory memory(layout, onednn_.engine, bytes.get());
  fill(view, memory);
  bytes_ += layout.get_size();
  entries_.emplace(view.data, Entry{view, std::move(bytes), memory});
  return static_cast<const float*>(memory.get_data_handle());
}

void PackedWeights::fill(const TensorView& view, dnnl::memory& memory) const {
  const dnnl::memory::desc layout = memory.get_desc();
  if (layout == describe(dense_layout(view.shape))) {
    auto* out = static_cast<float*>(memory.get_data_handle());
    read_float32(view, 0, {out, static_cast<std::size_t>(num_elements(view.shape))});
    return;
  }
  const std::int64_t row = num_elements(view.shape) / view.shape[0];
  const std::int64_t step =
      std::max<std::int64_t>(1, kPieceElements / row / kPieceRows) * kPieceRows;
  std::vector<float> piece(static_cast<std::size_t>(std::min(step, view.shape[0]) * row));
  dnnl::stream stream = onednn_.stream;
  for (std::int64_t first = 0; first < view.shape[0]; first += step) {
    const TensorView rows = slice_rows(view, first, std::min(step, view.shape[0] - first));
    convert_in_parallel(rows, piece.data());
    Shape offsets(view.shape.size(), 0);
    offsets[0] = first;
    dnnl::memory source(describe(dense_layout(rows.shape)), onednn_.engine, piece.data());
    dnnl::memory target(layout.submemory_desc(rows.shape, offsets), onednn_.engine,
                        memory.get_data_handle());
    dnnl::reorder(source, target).execute(stream, source, target);
    stream.wait();
  }
}

}  // namespace sotto::cpu
