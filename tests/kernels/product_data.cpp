#include "kernels/product_data.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/base/float16.h"

namespace sotto::cpu {
namespace {

constexpr std::byte kUntouched{0xA5};

template <class Value>
Value read(const std::byte* memory, std::int64_t place) {
  Value value;
  std::memcpy(&value, memory + static_cast<std::size_t>(place) * sizeof value, sizeof value);
  return value;
}
template <class Value>
void write(std::vector<std::byte>& memory, std::int64_t place, Value value) {
  std::memcpy(memory.data() + static_cast<std::size_t>(place) * sizeof value, &value, sizeof value);
}

std::uint32_t read_bits(Element element, const std::byte* memory, std::int64_t place) {
  switch (element) {
    case Element::f32:
      return read<std::uint32_t>(memory, place);
    case Element::bf16:
      return read<std::uint16_t>(memory, place);
    case Element::int8:
      break;
  }
  return read<std::uint8_t>(memory, place);
}

double value_of(Element element, std::uint32_t bits) {
  switch (element) {
    case Element::f32:
      return std::bit_cast<float>(bits);
    case Element::bf16:
      return bfloat16_to_float32(static_cast<std::uint16_t>(bits));
    case Element::int8:
      break;
  }
  return static_cast<std::int8_t>(bits);
}

/// Rows of which next(row, place) tells the values, those of int8 before they are scaled.
template <class Next>
InputRows make_rows(const InputRows& form, const Next& next) {
  InputRows rows = form;
  const std::int64_t size = 1 + (rows.count - 1) * rows.stride + rows.depth;
  rows.memory.resize(static_cast<std::size_t>(size) * bytes_of(rows.element));
  for (std::int64_t i = 1; i < size; ++i) {
    const float value = next();
    switch (rows.element) {
      case Element::f32:
        write(rows.memory, i, value);
        break;
      case Element::bf16:
        write(rows.memory, i, float32_to_bfloat16(value));
        break;
      case Element::int8:
        write(rows.memory, i, static_cast<std::int8_t>(value));
        break;
    }
  }
  return rows;
}

void pack(Weights& weights) {
  const std::size_t bytes = panel_bytes(weights.element, weights.depth);
  weights.panels.resize(bytes * static_cast<std::size_t>(groups_of(weights.columns)));
  std::byte* panel = weights.panels.data();
  for (std::int64_t column = 0; column < weights.columns; column += kGroup, panel += bytes) {
    pack_panel(weights.element, weights.data.data() + column * weights.depth,
               std::min(kGroup, weights.columns - column), weights.depth, panel);
  }
}

}  // namespace

std::int64_t Numbers::whole(std::int64_t low, std::int64_t high) {
  state_ = state_ * 6364136223846793005U + 1442695040888963407U;
  return low +
         static_cast<std::int64_t>((state_ >> 33) % static_cast<std::uint64_t>(high - low + 1));
}

float Numbers::real() { return static_cast<float>(whole(-8'388'608, 8'388'608)) / 8'388'608.0F; }

Rows InputRows::rows(std::int64_t first) {
  const auto size = static_cast<std::int64_t>(bytes_of(element));
  Rows result;
  result.data = memory.data() + (1 + first * stride) * size;
  result.stride = stride;
  if (element == Element::int8) {
    result.scale_stride = groups_of(depth);
    result.scales = scales.data() + first * result.scale_stride;
  }
  return result;
}

double InputRows::value(std::int64_t row, std::int64_t place) const {
  const double value =
      value_of(element, read_bits(element, memory.data(), 1 + row * stride + place));
  if (element != Element::int8) return value;
  return value * scales[static_cast<std::size_t>(row * groups_of(depth) + place / kGroup)];
}

InputRows exact_rows(Element element, std::int64_t count, std::int64_t depth, std::int64_t stride) {
  Numbers numbers(static_cast<std::uint64_t>(depth));
  const std::int64_t most = element == Element::int8 ? 127 : 8;
  InputRows rows = make_rows({element, count, depth, stride, {}, {}},
                             [&] { return static_cast<float>(numbers.whole(-most, most)); });
  if (element != Element::int8) return rows;
  for (std::int64_t i = 0; i < count * groups_of(depth); ++i) {
    rows.scales.push_back(1.0F / static_cast<float>(1 << numbers.whole(0, 2)));
  }
  return rows;
}

InputRows real_rows(Element element, std::int64_t count, std::int64_t depth) {
  Numbers numbers(static_cast<std::uint64_t>(depth + 1));
  InputRows rows = make_rows({element, count, depth, depth, {}, {}}, [&] {
    return element == Element::int8 ? static_cast<float>(numbers.whole(-127, 127)) : numbers.real();
  });
  if (element != Element::int8) return rows;
  for (std::int64_t i = 0; i < count * groups_of(depth); ++i) {
    rows.scales.push_back((1.0F + numbers.real() / 2) / 127.0F);
  }
  return rows;
}

double Weights::value(std::int64_t column, std::int64_t place) const {
  const std::byte* panel =
      panels.data() + panel_bytes(element, depth) * static_cast<std::size_t>(column / kGroup);
  const std::int64_t c = column % kGroup;
  switch (element) {
    case Element::f32:
      return read<float>(panel, place * kGroup + c);
    case Element::bf16:
      return bfloat16_to_float32(
          read<std::uint16_t>(panel, (place / 2 * kGroup + c) * 2 + place % 2));
    case Element::int8:
      break;
  }
  const std::int64_t bytes = groups_of(depth) * kGroup * 4;
  const auto byte = read<std::uint8_t>(panel, bytes + (place / 4 * kGroup + c) * 4 + place % 4);
  return (byte - 128.0) * read<float>(panel, place / kGroup * kGroup + c);
}

Weights exact_weights(Element element, std::int64_t columns, std::int64_t depth) {
  Numbers numbers(static_cast<std::uint64_t>(columns));
  const std::int64_t most = element == Element::int8 ? 127 : 8;
  Weights weights{element, columns, depth, {}, {}};
  for (std::int64_t i = 0; i < columns * depth; ++i) {
    const bool is_first = i % depth % kGroup == 0;  // gives its group the scale 1
    weights.data.push_back(static_cast<float>(is_first ? most : numbers.whole(-most, most)));
  }
  pack(weights);
  return weights;
}

Weights real_weights(Element element, std::int64_t columns, std::int64_t depth) {
  Numbers numbers(static_cast<std::uint64_t>(columns + 1));
  Weights weights{element, columns, depth, {}, {}};
  for (std::int64_t i = 0; i < columns * depth; ++i) weights.data.push_back(numbers.real());
  pack(weights);
  return weights;
}

OutputRows::OutputRows(Element element, std::int64_t count, std::int64_t columns)
    : element_(element),
      count_(count),
      columns_(columns),
      stride_(columns + 5),
      scale_stride_(groups_of(columns) + 2),
      memory_(static_cast<std::size_t>((count + 1) * stride_) * bytes_of(element), kUntouched),
      scales_(static_cast<std::size_t>((count + 1) * scale_stride_), -1.0F) {}

std::int64_t OutputRows::place(std::int64_t row, std::int64_t column) const {
  return 1 + row * stride_ + column;
}

Rows OutputRows::rows(std::int64_t first) {
  const auto size = static_cast<std::int64_t>(bytes_of(element_));
  return {memory_.data() + place(first, 0) * size, stride_, scales_.data() + first * scale_stride_,
          scale_stride_};
}

std::uint32_t OutputRows::bits(std::int64_t row, std::int64_t column) const {
  return read_bits(element_, memory_.data(), place(row, column));
}

float OutputRows::scale(std::int64_t row, std::int64_t group) const {
  return scales_[static_cast<std::size_t>(row * scale_stride_ + group)];
}

double OutputRows::value(std::int64_t row, std::int64_t column) const {
  const double value = value_of(element_, bits(row, column));
  return element_ == Element::int8 ? value * scale(row, column / kGroup) : value;
}

bool OutputRows::is_rest_untouched() const {
  OutputRows rest = *this;
  const auto size = static_cast<std::int64_t>(bytes_of(element_));
  for (std::int64_t row = 0; row < count_; ++row) {
    std::fill_n(rest.memory_.begin() + place(row, 0) * size, columns_ * size, kUntouched);
    const std::int64_t groups = element_ == Element::int8 ? groups_of(columns_) : 0;
    std::fill_n(rest.scales_.begin() + row * scale_stride_, groups, -1.0F);
  }
  return rest == OutputRows(element_, count_, columns_);
}

std::byte* product_scratch() {
  alignas(64) static std::byte scratch[kProductScratch];
  return scratch;
}

Product product_of(InputRows& input, const Weights& weights, OutputRows& output, Element element) {
  Product product;
  product.input = input.rows(0);
  product.rows = input.count;
  product.depth = input.depth;
  product.panels = weights.panels.data();
  product.columns = weights.columns;
  product.output = output.rows(0);
  product.output_element = element;
  product.scratch = product_scratch();
  return product;
}

}  // namespace sotto::cpu
