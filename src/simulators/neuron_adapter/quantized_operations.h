#pragma once

#include <span>

#include "simulators/neuron_adapter/operations.h"

namespace sotto::simulator {

// Operations of int8 tensors: a number q stands for (q − zero point) · scale. Sums are of integers
// and exact; a result is the nearest number of the output's, the even one of two, which is as near
// as TFLite's specification of quantization asks for, and held to the range of int8.
//
// The operation has zero points among its integers and scales among its reals, in this order:
//   quantize, dequantize   the quantized tensor's
//   add, multiply          those of both inputs and of the output
//   batch_matmul           the same, behind whether each input is turned
//   fully_connected        input's, output's, weights'; a scale for each of the output's channels;
//   conv_2d                  biases behind the zero points; conv_2d's strides before them

void compute_quantized(const NetworkOperation& operation, std::span<const TensorView> inputs,
                       const TensorView& output);

}  // namespace sotto::simulator
