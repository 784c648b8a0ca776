#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/base/dtype.h"
#include "core/base/shape.h"

namespace sotto {

/// A read-only strided view of elements that somebody else holds, usually a mapped checkpoint.
/// `owner` keeps those bytes alive; whoever makes a view has checked that every element it can
/// reach lies inside them. `data` need not be aligned to the element.
struct TensorView {
  DType dtype = DType::float32;
  Shape shape;
  Shape strides;  ///< in elements, one per axis, ≥ 0
  const std::byte* data = nullptr;
  std::shared_ptr<const void> owner;
};

/// A dense row-major view of `shape` at `data`.
[[nodiscard]] TensorView dense_view(DType dtype, Shape shape, const std::byte* data,
                                    std::shared_ptr<const void> owner);

/// A dense float32 view that owns `values`; their number must be the shape's.
[[nodiscard]] TensorView own_values(Shape shape, std::vector<float> values);

/// Doubles, which need not be aligned, as the nearest floats: torch's .float().
[[nodiscard]] std::vector<float> narrowed(std::span<const std::byte> doubles);

/// Rows [first, first + count) of the outermost axis.
[[nodiscard]] TensorView slice_rows(const TensorView& view, std::int64_t first, std::int64_t count);

/// From its first element to behind its last, those of others between them included.
[[nodiscard]] std::size_t span_bytes(const TensorView& view);

/// True when the elements lie densely in row-major order.
[[nodiscard]] bool is_dense(const TensorView& view);

/// Reads elements [first, first + out.size()) in row-major order as float32 (exact for the float
/// types, whatever the strides). Throws internal when the range leaves the view or dtype is
/// integer.
void read_float32(const TensorView& view, std::int64_t first, std::span<float> out);

/// All elements in row-major order as float32.
[[nodiscard]] std::vector<float> to_float32(const TensorView& view);

/// Copies elements [first, first + count) in row-major order, dtype unchanged.
/// `out` holds exactly count · size_of(dtype) bytes.
void read_elements(const TensorView& view, std::int64_t first, std::span<std::byte> out);

/// A dense tensor that owns its memory: what runs between back ends.
class Tensor {
 public:
  Tensor() = default;
  Tensor(Tensor&&) = default;
  Tensor& operator=(Tensor&&) = default;
  Tensor(const Tensor&) = delete;
  Tensor& operator=(const Tensor&) = delete;
  ~Tensor() = default;
  /// In 64-byte aligned memory of the host.
  Tensor(DType dtype, Shape shape);
  /// In memory of somebody else's, which is aligned to its elements, holds all of them, and goes
  /// when the tensor does.
  Tensor(DType dtype, Shape shape, std::shared_ptr<std::byte> memory);

  [[nodiscard]] DType dtype() const { return dtype_; }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] std::int64_t size() const { return size_; }
  [[nodiscard]] std::size_t bytes() const {
    return static_cast<std::size_t>(size_) * size_of(dtype_);
  }

  [[nodiscard]] std::byte* data() { return data_.get(); }
  [[nodiscard]] const std::byte* data() const { return data_.get(); }

  /// The elements of a float32 tensor; throws internal for another dtype.
  [[nodiscard]] std::span<float> floats();
  [[nodiscard]] std::span<const float> floats() const;

 private:
  DType dtype_ = DType::float32;
  Shape shape_{0};
  std::int64_t size_ = 0;
  std::shared_ptr<std::byte> data_;
};

}  // namespace sotto
