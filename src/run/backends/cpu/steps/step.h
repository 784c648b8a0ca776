#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "run/backends/cpu/steps/buffers.h"
#include "run/backends/cpu/steps/layout.h"

namespace sotto::cpu {

/// Where the tensor lies that is bound to an input; nowhere until one is.
struct BoundInput {
  float* data = nullptr;
  std::int64_t elements = 0;
};

/// Where an operand's first element lies: in the arena, in a constant, or in a bound tensor.
/// Integers of four bytes lie in the same kinds of memory.
using Storage = std::variant<BufferId, const float*, const BoundInput*>;

/// What a step reads or writes. Steps do not write to constants, and to bound tensors only where
/// they are state.
struct Operand {
  Storage storage;
  Layout layout;
};

/// Gives the address of an operand once the arena has its memory.
using AddressOf = std::function<float*(const Storage&)>;

/// One piece of a prepared graph. Everything that can be decided before running is decided when it
/// is made; run() only computes.
class Step {
 public:
  virtual ~Step() = default;
  Step() = default;
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  /// Everything that the step reads, writes or scribbles on.
  [[nodiscard]] virtual std::vector<Storage> touched() const = 0;
  /// Called before the first run, and again whenever the arena has moved or another tensor is
  /// bound.
  virtual void bind(const AddressOf& address_of) = 0;
  virtual void run() = 0;

  /// What computes the step, by the kernel library's own names: "brg:avx512_core".
  [[nodiscard]] virtual std::string implementation() const = 0;
};

}  // namespace sotto::cpu
