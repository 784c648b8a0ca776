#include "run/backends/cpu/prepare/tail.h"

namespace sotto::cpu {

Tail prepare_tail(const Chain& chain, const Shape& rows, Preparation& preparation) {
  Tail tail{strict_attributes(), {}};
  dnnl::post_ops operations;
  ValueId value = chain.head->output;
  const auto add = [&](const op::Add& addition) {
    const ValueId other = other_operand(addition, value);
    const bool is_row = num_elements(preparation.graph().shape(other)) == rows.back();
    const Operand operand = preparation.read_dense(other, is_row ? Shape{1, rows.back()} : rows);
    const int id = DNNL_ARG_ATTR_MULTIPLE_POST_OP(operations.len()) | DNNL_ARG_SRC_1;
    tail.arguments.push_back(argument(id, operand));
    operations.append_binary(dnnl::algorithm::binary_add, describe(operand.layout));
  };
  for (const Node* node : chain.tail) {
    if (const auto* scale = std::get_if<op::Scale>(&node->op)) {
      operations.append_eltwise(1.0F, dnnl::algorithm::eltwise_linear, scale->factor, 0.0F);
    } else if (const auto* addition = std::get_if<op::Add>(&node->op)) {
      add(*addition);
    } else {
      operations.append_eltwise(1.0F, dnnl::algorithm::eltwise_gelu_erf, 0.0F, 0.0F);
    }
    value = node->output;
  }
  tail.attributes.set_post_ops(operations);
  return tail;
}

}  // namespace sotto::cpu
