#pragma once

#include "run/self_test/case_values.h"
#include "run/self_test/comparison.h"

namespace sotto {

/// Whether expected results of the case's operation are known here.
[[nodiscard]] bool has_expectation(const OperationCase& one);

/// Computes the operation in double precision, plainly by its definition, and holds what a device
/// found to it. The bounds follow from rounding alone. Inputs are numbers of float16 (CaseValues),
/// u = 2^-11 is the most that rounding to float16 changes a number by, for its size; sums are made
/// in float32 (2^-24); what is below 2^-14, float16's smallest normal number, may be flushed to
/// zero.
///
/// - What only moves or chooses numbers (RESHAPE, TRANSPOSE, SLICE, PAD, CONCATENATION, MAXIMUM,
///   REDUCE_MAX, ABS): exact.
/// - ADD, SUB, MUL: the result is rounded, u|r|. DIV, RSQRT: as the product with a reciprocal, as
///   the reciprocal of a root: two roundings, 2u|r|.
/// - FULLY_CONNECTED, BATCH_MATMUL, CONV_2D over n products: rounding the result takes
///   u|r| ≤ u(Σ|a||b| + |bias|), the sum n·2^-24 of that.
/// - MEAN of n: the products with 1/n, which is rounded itself: (2u + n·2^-24)·Σ|x|/n.
/// - SOFTMAX: the difference d to the largest is rounded, so its exponential is off by u|d|, and
///   rounded; the sum of them by the mean of that, weighted with what they are; then comes the
///   division: y(u(1 + |d|) + Σy·u(1 + |d|) + 3u + n·2^-24), and second orders.
/// - GELU (tanh form, t the tanh's argument, T the tanh): t has seven roundings (square, cube,
///   constant and product, sum, constant and product), T, 1 + T and the result one each:
///   |x|/2·(7u|t|(1 − T²) + u|T| + u|1 + T|) + u|r|.
void compare(const OperationCase& one, const CaseValues& values, Comparison& comparison);

}  // namespace sotto
