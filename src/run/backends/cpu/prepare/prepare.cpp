#include "run/backends/cpu/prepare/prepare.h"

#include <type_traits>

namespace sotto::cpu {
namespace {

template <class Operation>
constexpr bool leads_chains =
    std::is_same_v<Operation, op::Conv1d> || std::is_same_v<Operation, op::Linear> ||
    std::is_same_v<Operation, op::MatMul>;

void prepare_chain(const Chain& chain, Preparation& preparation) {
  std::visit(
      [&](const auto& operation) {
        if constexpr (leads_chains<std::decay_t<decltype(operation)>>) {
          prepare(operation, chain, preparation);
        } else {
          prepare(operation, chain.output(), preparation);
        }
      },
      chain.head->op);
}

}  // namespace

void prepare(const Unit& unit, Preparation& preparation) {
  std::visit(Overloaded{
                 [&](const Chain& chain) { prepare_chain(chain, preparation); },
                 [&](const Attention& attention) { prepare(attention, preparation); },
             },
             unit);
}

}  // namespace sotto::cpu
