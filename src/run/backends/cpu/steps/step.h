#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "run/backends/cpu/kernels/kernels.h"
#include "run/backends/cpu/steps/operand.h"
#include "run/backends/cpu/steps/thread_pool.h"

namespace sotto::cpu {

/// One piece of a prepared graph. Everything that can be decided before running is decided when it
/// is made; run() only computes.
class Step {
 public:
  /// `operands`: everything that the step reads, writes or scribbles on, in an order of its own.
  explicit Step(std::vector<Storage> operands)
      : operands_(std::move(operands)), addresses_(operands_.size()) {}
  virtual ~Step() = default;
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  [[nodiscard]] std::span<const Storage> operands() const { return operands_; }
  /// Called before the first run, and again whenever the arena has moved or another tensor is
  /// bound.
  void bind(const AddressOf& address_of) {
    for (std::size_t i = 0; i < operands_.size(); ++i) addresses_[i] = address_of(operands_[i]);
  }

  virtual void run(ThreadPool& threads) = 0;

  /// "product", "attention": for whoever looks at where the time goes.
  [[nodiscard]] virtual std::string_view kind() const = 0;
  /// What computes it: "avx512_bf16 int8".
  [[nodiscard]] virtual std::string implementation() const = 0;

  /// The value that it computes, by its name in the graph.
  [[nodiscard]] const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }

 protected:
  /// Where an operand lies, by its place in the constructor's list.
  [[nodiscard]] std::byte* address(std::size_t operand) const { return addresses_[operand]; }
  [[nodiscard]] float* floats(std::size_t operand) const {
    return reinterpret_cast<float*>(addresses_[operand]);
  }

 private:
  std::vector<Storage> operands_;
  std::vector<std::byte*> addresses_;
  std::string name_;
};

/// "avx512_bf16 bf16": a table's kernels for one type of elements.
[[nodiscard]] std::string implementation_name(const Kernels& kernels, Element element);

}  // namespace sotto::cpu
