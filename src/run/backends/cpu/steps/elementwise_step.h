#pragma once

#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {

/// What works on each float32 element by itself: dense memory to dense memory.
class ElementwiseStep : public Step {
 public:
  enum class Kind { gelu, scale, add };
  struct Operands {
    Kind kind = Kind::gelu;
    Storage input, output;
    std::int64_t elements = 0;
    float factor = 1.0F;        ///< of scale
    Storage addend;             ///< of add, repeated along the elements
    std::int64_t repeated = 1;  ///< elements of the addend
  };
  ElementwiseStep(Operands operands, const Kernels& kernels);

  void run(ThreadPool& threads) override;
  [[nodiscard]] std::string_view kind() const override;
  [[nodiscard]] std::string implementation() const override {
    return implementation_name(kernels_, Element::f32);
  }

 private:
  void add(Share repetitions) const;

  Operands operands_;
  const Kernels& kernels_;
};

}  // namespace sotto::cpu
