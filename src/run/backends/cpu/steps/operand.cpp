#include "run/backends/cpu/steps/operand.h"

#include "core/base/aligned_memory.h"

namespace sotto::cpu {
namespace {

std::int64_t row_count(const Layout& layout) {
  return num_elements(layout.shape) / layout.shape.back();
}

}  // namespace

Storage storage_of(const std::optional<Operand>& operand) {
  if (!operand) return std::monostate();
  return operand->storage;
}

std::size_t scales_offset(const Layout& layout) {
  return aligned_size(static_cast<std::size_t>(num_elements(layout.shape)));
}

std::size_t operand_bytes(const Layout& layout, Element element) {
  if (element != Element::int8) {
    return static_cast<std::size_t>(span_elements(layout)) * bytes_of(element);
  }
  const auto scales = static_cast<std::size_t>(row_count(layout) * groups_of(layout.shape.back()));
  return scales_offset(layout) + scales * sizeof(float);
}

Rows rows_at(const Operand& matrix, std::byte* address) {
  Rows rows{address, matrix.layout.strides[0], nullptr, 0};
  if (matrix.element != Element::int8 || address == nullptr) return rows;
  rows.scales = reinterpret_cast<float*>(address + scales_offset(matrix.layout));
  rows.scale_stride = groups_of(matrix.layout.shape.back());
  return rows;
}

Rows part_of(Rows rows, Element element, std::int64_t row, std::int64_t column) {
  rows.data += (row * rows.stride + column) * static_cast<std::int64_t>(bytes_of(element));
  if (rows.scales != nullptr) rows.scales += row * rows.scale_stride + column / kGroup;
  return rows;
}

}  // namespace sotto::cpu
