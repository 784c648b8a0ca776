#include "run/backends/cpu/steps/elementwise_step.h"

#include <utility>

namespace sotto::cpu {
namespace {

constexpr std::int64_t kUnit = 4096;  // elements of a thread at least

}  // namespace

ElementwiseStep::ElementwiseStep(Operands operands, const Kernels& kernels)
    : Step({operands.input, operands.output, operands.addend}),
      operands_(std::move(operands)),
      kernels_(kernels) {}

std::string_view ElementwiseStep::kind() const {
  switch (operands_.kind) {
    case Kind::gelu:
      return "gelu";
    case Kind::scale:
      return "scale";
    case Kind::add:
      return "add";
  }
  return "";
}

void ElementwiseStep::run(ThreadPool& threads) {
  if (operands_.kind == Kind::add && operands_.repeated < operands_.elements) {
    threads.share(operands_.elements / operands_.repeated, kUnit / operands_.repeated + 1,
                  [this](Share repetitions, int) { add(repetitions); });
    return;
  }
  threads.share(operands_.elements, kUnit, [this](Share share, int) {
    const float* input = floats(0) + share.first;
    float* output = floats(1) + share.first;
    const std::int64_t count = share.last - share.first;
    switch (operands_.kind) {
      case Kind::gelu:
        kernels_.gelu(input, count, output);
        break;
      case Kind::scale:
        kernels_.scale(input, count, operands_.factor, output);
        break;
      case Kind::add:
        kernels_.add(input, floats(2) + share.first, count, output);
        break;
    }
  });
}

void ElementwiseStep::add(Share repetitions) const {
  for (std::int64_t i = repetitions.first; i < repetitions.last; ++i) {
    const std::int64_t first = i * operands_.repeated;
    kernels_.add(floats(0) + first, floats(2), operands_.repeated, floats(1) + first);
  }
}

}  // namespace sotto::cpu
