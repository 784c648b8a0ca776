#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <variant>

#include "run/backends/cpu/kernels/element.h"
#include "run/backends/cpu/steps/buffers.h"
#include "run/backends/cpu/steps/layout.h"

namespace sotto::cpu {

/// Where the tensor lies that is bound to an input; nowhere until one is.
struct BoundInput {
  std::byte* data = nullptr;
  std::size_t bytes = 0;
};

/// Where an operand's first element lies: nowhere, because there is no such operand, in the arena,
/// in a constant, or in a bound tensor. Tables of int32 lie in the same kinds of memory.
using Storage = std::variant<std::monostate, BufferId, const std::byte*, const BoundInput*>;

/// What a step reads or writes. Steps do not write to constants, and to bound tensors only where
/// they are state. The elements of an int8 operand are dense rows of its last axis, and its scales
/// lie behind them (scales_offset()).
struct Operand {
  Storage storage;
  Layout layout;
  Element element = Element::f32;
};

/// Where an operand lies that may not be there.
[[nodiscard]] Storage storage_of(const std::optional<Operand>& operand);

/// Bytes of memory that an operand of this layout takes.
[[nodiscard]] std::size_t operand_bytes(const Layout& layout, Element element);

/// Where the scales of an int8 operand lie, in bytes from its first element.
[[nodiscard]] std::size_t scales_offset(const Layout& layout);

/// A matrix [rows, columns] with stride 1 along its columns, at `address`.
[[nodiscard]] Rows rows_at(const Operand& matrix, std::byte* address);

/// The same matrix from this row and column on; of int8 the column begins a group.
[[nodiscard]] Rows part_of(Rows rows, Element element, std::int64_t row, std::int64_t column);

/// Gives the address of an operand once the arena has its memory; null for what is not there.
using AddressOf = std::function<std::byte*(const Storage&)>;

}  // namespace sotto::cpu
