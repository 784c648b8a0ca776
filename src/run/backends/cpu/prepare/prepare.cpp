#include "run/backends/cpu/prepare/prepare.h"

#include "core/base/error.h"

namespace sotto::cpu {

void prepare(const Node& node, Preparation& preparation) {
  preparation.begin(node.output);
  std::visit(
      [&](const auto& operation) {
        if constexpr (requires { prepare(operation, node.output, preparation); }) {
          prepare(operation, node.output, preparation);
        } else {
          fail(ErrorKind::unsupported, "graph ", preparation.graph().name(),
               ": the cpu back end runs graphs as they are before lowering, which made ",
               op_name(node.op), " ", preparation.graph().value(node.output).name);
        }
      },
      node.op);
}

}  // namespace sotto::cpu
