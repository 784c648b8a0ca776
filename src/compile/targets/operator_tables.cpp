#include "compile/targets/operator_tables.h"

#include <algorithm>
#include <array>

namespace sotto {
namespace {

// MediaTek's table for MDLA 5.3, NeuroPilot SDK 8.0.10.
constexpr auto kMdla = std::to_array<std::string_view>({
    "ABS",
    "ADD",
    "ARG_MAX",
    "ARG_MIN",
    "AVERAGE_POOL_2D",
    "BATCH_MATMUL",
    "BATCH_TO_SPACE_ND",
    "CAST",
    "CONCATENATION",
    "CONV_2D",
    "DEQUANTIZE",
    "DEPTH_TO_SPACE",
    "DEPTHWISE_CONV_2D",
    "DIV",
    "ELU",
    "EXP",
    "EXPAND_DIMS",
    "FULLY_CONNECTED",
    "GELU",
    "HARD_SWISH",
    "L2_NORMALIZATION",
    "L2_POOL_2D",
    "LOGISTIC",
    "LSTM",
    "MAXIMUM",
    "MAX_POOL_2D",
    "MEAN",
    "MINIMUM",
    "MIRROR_PAD",
    "MUL",
    "NEG",
    "PACK",
    "PAD",
    "POW",
    "PRELU",
    "QUANTIZE",
    "REDUCE_MAX",
    "REDUCE_MIN",
    "RELU",
    "RELU6",
    "RELU_N1_TO_1",
    "RESHAPE",
    "RESIZE_BILINEAR",
    "RESIZE_NEAREST_NEIGHBOR",
    "RSQRT",
    "SLICE",
    "SOFTMAX",
    "SPACE_TO_BATCH_ND",
    "SPACE_TO_DEPTH",
    "SPLIT",
    "SPLIT_V",
    "SQRT",
    "SQUARE",
    "SQUARED_DIFFERENCE",
    "SQUEEZE",
    "STRIDED_SLICE",
    "SUB",
    "SUM",
    "TANH",
    "TILE",
    "TRANSPOSE",
    "TRANSPOSE_CONV",
    "UNPACK",
});

// The list in the plugin's public source (compiler_plugin.cc), but for two composites, and TILE and
// UNPACK, which that list did not have yet.
constexpr auto kPlugin = std::to_array<std::string_view>({
    "ADD",
    "MUL",
    "BATCH_MATMUL",
    "FULLY_CONNECTED",
    "RESHAPE",
    "TRANSPOSE",
    "RSQRT",
    "CONCATENATION",
    "QUANTIZE",
    "SLICE",
    "STRIDED_SLICE",
    "SPLIT",
    "SUB",
    "TANH",
    "SOFTMAX",
    "MEAN",
    "GELU",
    "PAD",
    "LOGISTIC",
    "SUM",
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "SQUARED_DIFFERENCE",
    "RESIZE_BILINEAR",
    "RESIZE_NEAREST_NEIGHBOR",
    "TRANSPOSE_CONV",
    "MAX_POOL_2D",
    "DEQUANTIZE",
    "PADV2",
    "HARD_SWISH",
    "AVERAGE_POOL_2D",
    "REDUCE_MAX",
    "SQRT",
    "DIV",
    "CAST",
    "PRELU",
    "LEAKY_RELU",
    "MAXIMUM",
    "RELU",
    "ABS",
    "GREATER",
    "MINIMUM",
    "LESS",
    "L2_NORMALIZATION",
    "TILE",
    "UNPACK",
});

}  // namespace

bool mdla_takes(std::string_view name) {
  return std::find(kMdla.begin(), kMdla.end(), name) != kMdla.end();
}

bool plugin_takes(std::string_view name) {
  return std::find(kPlugin.begin(), kPlugin.end(), name) != kPlugin.end();
}

}  // namespace sotto
