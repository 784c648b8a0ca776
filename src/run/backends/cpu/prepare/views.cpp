#include "run/backends/cpu/prepare/prepare.h"

// What only gives elements another place in a shape: views, which cost nothing when they run.

namespace sotto::cpu {

void prepare(const op::Reshape& reshaped, ValueId id, Preparation& preparation) {
  if (const auto view = reshape(preparation.layout(reshaped.input), reshaped.shape)) {
    preparation.alias(id, reshaped.input, *view);
  } else {
    preparation.alias(id, preparation.read_dense(reshaped.input, reshaped.shape));
  }
}

void prepare(const op::Transpose& transpose, ValueId id, Preparation& preparation) {
  preparation.alias(id, transpose.input,
                    permute(preparation.layout(transpose.input), transpose.order));
}

void prepare(const op::TakeLike& take, ValueId id, Preparation& preparation) {
  Layout prefix = preparation.layout(take.table);
  prefix.shape = preparation.graph().shape(id);
  preparation.alias(id, take.table, prefix);
}

}  // namespace sotto::cpu
