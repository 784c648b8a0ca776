#include "run/self_test/moved.h"

#include <cstring>

#include "core/base/error.h"
#include "run/self_test/operation_codes.h"

namespace sotto {
namespace {

using Place = std::vector<std::int64_t>;  ///< of an element, an axis

[[noreturn]] void refuse(const OperationCase& one) {
  fail(ErrorKind::unsupported, one.file, ": the integers of ", one.operation, " do not fit ",
       one.description);
}

/// The element at a place, or nothing where it lies outside.
std::optional<std::size_t> element_at(const Place& place, const Shape& shape) {
  std::int64_t element = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (place[axis] < 0 || place[axis] >= shape[axis]) return std::nullopt;
    element = element * shape[axis] + place[axis];
  }
  return static_cast<std::size_t>(element);
}

void advance(Place& place, const Shape& shape) {
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    if (++place[axis] < shape[axis]) return;
    place[axis] = 0;
  }
}

/// From a place in the result to one in the first operand; what lies outside of that is zero.
using Way = std::function<void(const Place& to, Place& from)>;

Way way_of(const OperationCase& one) {
  const std::vector<std::int32_t> integers = integers_of(one, 1);
  const std::size_t rank = one.input(0).shape.size();
  const bool is_pad = one.op().code == operator_code::pad;
  if (integers.size() != (is_pad ? 2 * rank : rank) || one.output().shape.size() != rank) {
    refuse(one);
  }
  if (one.op().code == operator_code::transpose) {
    for (const std::int32_t axis : integers) {
      if (axis < 0 || static_cast<std::size_t>(axis) >= rank) refuse(one);
    }
    return [integers](const Place& to, Place& from) {
      for (std::size_t i = 0; i < integers.size(); ++i) {
        from[static_cast<std::size_t>(integers[i])] = to[i];
      }
    };
  }
  return [integers, is_pad](const Place& to, Place& from) {
    for (std::size_t i = 0; i < to.size(); ++i) {
      from[i] = is_pad ? to[i] - integers[2 * i] : to[i] + integers[i];
    }
  };
}

std::size_t joined_axis(const OperationCase& one) {
  const auto* options = one.raw.back()->builtin_options_as_ConcatenationOptions();
  const auto rank = static_cast<std::int32_t>(one.output().shape.size());
  if (options == nullptr) refuse(one);
  const std::int32_t axis = options->axis() < 0 ? options->axis() + rank : options->axis();
  if (axis < 0 || axis >= rank) refuse(one);
  for (std::size_t i = 0; i < one.op().inputs.size(); ++i) {
    if (one.input(i).shape.size() != static_cast<std::size_t>(rank)) refuse(one);
  }
  return static_cast<std::size_t>(axis);
}

/// In which operand an element of a concatenation lies: `place` becomes that in the operand.
std::optional<Source> joined_source(const OperationCase& one, std::size_t axis, Place place) {
  for (std::size_t operand = 0; operand < one.op().inputs.size(); ++operand) {
    const Shape& shape = one.input(operand).shape;
    if (place[axis] < shape[axis]) {
      const auto element = element_at(place, shape);
      if (!element) refuse(one);
      return Source{operand, *element};
    }
    place[axis] -= shape[axis];
  }
  refuse(one);
}

}  // namespace

Broadcast::Broadcast(const Shape& from, const Shape& to) {
  std::size_t stride = 1;
  for (std::size_t i = 0; i < to.size(); ++i) {
    const auto extent =
        i < from.size() ? static_cast<std::size_t>(from.end()[-1 - static_cast<std::ptrdiff_t>(i)])
                        : 1;
    extents_.push_back(static_cast<std::size_t>(to.end()[-1 - static_cast<std::ptrdiff_t>(i)]));
    strides_.push_back(extent == 1 ? 0 : stride);
    stride *= extent;
  }
}

std::size_t Broadcast::at(std::size_t index) const {
  std::size_t element = 0;
  for (std::size_t i = 0; i < extents_.size(); ++i) {
    element += index % extents_[i] * strides_[i];
    index /= extents_[i];
  }
  return element;
}

std::vector<std::int32_t> integers_of(const OperationCase& one, std::size_t place) {
  const std::int32_t index = place < one.op().inputs.size() ? one.op().inputs[place] : -1;
  if (index < 0 || one.tensor(index).type != tflite::TensorType::int32 ||
      !one.tensor(index).constant) {
    fail(ErrorKind::unsupported, one.file, ": ", one.operation, " lacks its integers");
  }
  const auto bytes = *one.tensor(index).constant;
  std::vector<std::int32_t> values(bytes.size() / sizeof(std::int32_t));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(std::int32_t));
  return values;
}

void for_each_moved(const OperationCase& one,
                    const std::function<void(std::size_t, std::optional<Source>)>& visit) {
  const Shape& shape = one.output().shape;
  const auto count = static_cast<std::size_t>(num_elements(shape));
  if (one.op().code == operator_code::reshape) {
    if (num_elements(one.input(0).shape) != num_elements(shape)) refuse(one);
    for (std::size_t i = 0; i < count; ++i) visit(i, Source{0, i});
    return;
  }
  const bool joins = one.op().code == operator_code::concatenation;
  const std::size_t axis = joins ? joined_axis(one) : 0;
  const Way way = joins ? Way() : way_of(one);
  Place to(shape.size()), from(shape.size());
  for (std::size_t i = 0; i < count; ++i, advance(to, shape)) {
    if (joins) {
      visit(i, joined_source(one, axis, to));
      continue;
    }
    way(to, from);
    const auto element = element_at(from, one.input(0).shape);
    visit(i, element ? std::optional(Source{0, *element}) : std::nullopt);
  }
}

}  // namespace sotto
