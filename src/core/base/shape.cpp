#include "core/base/shape.h"

#include "core/base/error.h"

namespace sotto {

std::optional<std::int64_t> checked_num_elements(const Shape& shape) {
  std::int64_t product = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(product, extent, &product)) return std::nullopt;
  }
  return product;
}

std::int64_t num_elements(const Shape& shape) {
  const auto product = checked_num_elements(shape);
  if (!product) fail(ErrorKind::internal, "shape ", to_string(shape), " has no number of elements");
  return *product;
}

Shape row_major_strides(const Shape& shape) {
  Shape strides(shape.size());
  std::int64_t stride = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (axis != 0) text += ", ";
    text += std::to_string(shape[axis]);
  }
  return text + "]";
}

}  // namespace sotto
