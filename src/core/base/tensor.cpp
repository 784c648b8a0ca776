#include "core/base/tensor.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/aligned_memory.h"
#include "core/base/error.h"
#include "core/base/float16.h"

namespace sotto {
namespace {

// Calls visit(source, count) for the runs of consecutive elements that make up the row-major range
// [first, first + count) of a view; `source` points at the run's first element, `step` bytes apart.
template <class Visit>
void for_each_run(const TensorView& view, std::int64_t first, std::int64_t count, Visit visit) {
  const std::int64_t total = num_elements(view.shape);
  if (first < 0 || count < 0 || count > total - first) {
    fail(ErrorKind::internal, "elements ", first, " to ", first + count, " of a tensor of shape ",
         to_string(view.shape), " were asked for");
  }
  const auto width = static_cast<std::int64_t>(size_of(view.dtype));
  if (is_dense(view)) {
    if (count > 0) visit(view.data + first * width, width, count);
    return;
  }
  const std::int64_t row = view.shape.back();
  while (count > 0) {
    std::int64_t rest = first / row;
    std::int64_t offset = (first % row) * view.strides.back();
    for (std::size_t axis = view.shape.size() - 1; axis-- > 0;) {
      offset += (rest % view.shape[axis]) * view.strides[axis];
      rest /= view.shape[axis];
    }
    const std::int64_t run = std::min(count, row - first % row);
    visit(view.data + offset * width, view.strides.back() * width, run);
    first += run;
    count -= run;
  }
}

template <class Element, class Convert>
void convert_strided(const std::byte* source, std::int64_t step, std::span<float> out,
                     Convert convert) {
  for (float& value : out) {
    Element element;
    std::memcpy(&element, source, sizeof element);
    value = convert(element);
    source += step;
  }
}

template <class Element>
bool is_run_of(const std::byte* source, std::int64_t step) {
  return step == sizeof(Element) &&
         reinterpret_cast<std::uintptr_t>(source) % alignof(Element) == 0;
}

using Widen = void (*)(std::span<const std::uint16_t>, std::span<float>);

void convert_halves(const std::byte* source, std::int64_t step, std::span<float> out, Widen bulk,
                    float (*one)(std::uint16_t)) {
  if (is_run_of<std::uint16_t>(source, step)) {
    bulk({reinterpret_cast<const std::uint16_t*>(source), out.size()}, out);
  } else {
    convert_strided<std::uint16_t>(source, step, out, one);
  }
}

void convert_run(DType dtype, const std::byte* source, std::int64_t step, std::span<float> out) {
  switch (dtype) {
    case DType::float32:
      if (step == sizeof(float)) {
        std::memcpy(out.data(), source, out.size_bytes());
      } else {
        convert_strided<float>(source, step, out, [](float value) { return value; });
      }
      return;
    case DType::float16:
      return convert_halves(source, step, out, float16_to_float32, float16_to_float32);
    case DType::bfloat16:
      return convert_halves(source, step, out, bfloat16_to_float32, bfloat16_to_float32);
    case DType::int32:
    case DType::int64:
      break;
  }
  fail(ErrorKind::internal, "a tensor of ", to_string(dtype), " was read as float32");
}

}  // namespace

TensorView dense_view(DType dtype, Shape shape, const std::byte* data,
                      std::shared_ptr<const void> owner) {
  Shape strides = row_major_strides(shape);
  return {dtype, std::move(shape), std::move(strides), data, std::move(owner)};
}

TensorView own_values(Shape shape, std::vector<float> values) {
  if (num_elements(shape) != static_cast<std::int64_t>(values.size())) {
    fail(ErrorKind::internal, "shape ", to_string(shape), " was given ", values.size(), " values");
  }
  auto owner = std::make_shared<const std::vector<float>>(std::move(values));
  const auto* data = reinterpret_cast<const std::byte*>(owner->data());
  return dense_view(DType::float32, std::move(shape), data, std::move(owner));
}

std::vector<float> narrowed(std::span<const std::byte> doubles) {
  std::vector<float> floats(doubles.size() / sizeof(double));
  const std::byte* source = doubles.data();
  for (float& value : floats) {
    double number = 0;
    std::memcpy(&number, source, sizeof number);
    value = static_cast<float>(number);
    source += sizeof number;
  }
  return floats;
}

TensorView slice_rows(const TensorView& view, std::int64_t first, std::int64_t count) {
  if (view.shape.empty() || first < 0 || count < 0 || count > view.shape[0] - first) {
    fail(ErrorKind::internal, "rows ", first, " to ", first + count, " of a tensor of shape ",
         to_string(view.shape), " were asked for");
  }
  TensorView slice = view;
  slice.shape[0] = count;
  slice.data += first * view.strides[0] * static_cast<std::int64_t>(size_of(view.dtype));
  return slice;
}

std::size_t span_bytes(const TensorView& view) {
  std::int64_t last = 0;
  for (std::size_t axis = 0; axis < view.shape.size(); ++axis) {
    if (view.shape[axis] == 0) return 0;
    last += (view.shape[axis] - 1) * view.strides[axis];
  }
  return static_cast<std::size_t>(last + 1) * size_of(view.dtype);
}

bool is_dense(const TensorView& view) {
  std::int64_t stride = 1;
  for (std::size_t axis = view.shape.size(); axis-- > 0;) {
    if (view.shape[axis] != 1 && view.strides[axis] != stride) return false;
    stride *= view.shape[axis];
  }
  return true;
}

void read_float32(const TensorView& view, std::int64_t first, std::span<float> out) {
  float* target = out.data();
  for_each_run(view, first, static_cast<std::int64_t>(out.size()),
               [&](const std::byte* source, std::int64_t step, std::int64_t count) {
                 convert_run(view.dtype, source, step, {target, static_cast<std::size_t>(count)});
                 target += count;
               });
}

std::vector<float> to_float32(const TensorView& view) {
  std::vector<float> values(static_cast<std::size_t>(num_elements(view.shape)));
  read_float32(view, 0, values);
  return values;
}

void read_elements(const TensorView& view, std::int64_t first, std::span<std::byte> out) {
  const std::size_t width = size_of(view.dtype);
  std::byte* target = out.data();
  for_each_run(view, first, static_cast<std::int64_t>(out.size() / width),
               [&](const std::byte* source, std::int64_t step, std::int64_t count) {
                 if (step == static_cast<std::int64_t>(width)) {
                   std::memcpy(target, source, static_cast<std::size_t>(count) * width);
                   target += static_cast<std::size_t>(count) * width;
                   return;
                 }
                 for (std::int64_t i = 0; i < count; ++i, target += width) {
                   std::memcpy(target, source + i * step, width);
                 }
               });
}

Tensor::Tensor(DType dtype, Shape shape)
    : dtype_(dtype), shape_(std::move(shape)), size_(num_elements(shape_)) {
  data_ = allocate_aligned(bytes());
  std::memset(data_.get(), 0, bytes());
}

Tensor::Tensor(DType dtype, Shape shape, std::shared_ptr<std::byte> memory)
    : dtype_(dtype),
      shape_(std::move(shape)),
      size_(num_elements(shape_)),
      data_(std::move(memory)) {}

std::span<float> Tensor::floats() {
  if (dtype_ != DType::float32)
    fail(ErrorKind::internal, "a ", to_string(dtype_), " tensor is not float32");
  return {reinterpret_cast<float*>(data_.get()), static_cast<std::size_t>(size_)};
}

std::span<const float> Tensor::floats() const {
  if (dtype_ != DType::float32)
    fail(ErrorKind::internal, "a ", to_string(dtype_), " tensor is not float32");
  return {reinterpret_cast<const float*>(data_.get()), static_cast<std::size_t>(size_)};
}

}  // namespace sotto
