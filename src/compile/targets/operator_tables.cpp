#include "compile/targets/operator_tables.h"

#include <algorithm>
#include <array>

namespace sotto {
namespace {

// MediaTek's table for MDLA 5.3, NeuroPilot SDK 8.0.10.
constexpr auto kMdla53 = std::to_array<std::string_view>({
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

// MediaTek's table for MDLA 3.0, in its AIoT developer guide (Neuron SDK, MT8188): what could be
// read of it, which by the table's own names is all from "Abs" to "Pow", and PRELU and
// TRANSPOSE_CONV, which are in its general part.
constexpr auto kMdla30 = std::to_array<std::string_view>({
    "ABS",
    "ADD",
    "AVERAGE_POOL_2D",
    "BATCH_TO_SPACE_ND",
    "CONCATENATION",
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "DEPTH_TO_SPACE",
    "DEQUANTIZE",
    "DIV",
    "ELU",
    "FULLY_CONNECTED",
    "HARD_SWISH",
    "L2_POOL_2D",
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
    "SUB",
    "TRANSPOSE_CONV",
});

// Operators of MDLA 5.3 that would stand behind "Pow": their names in MediaTek's tables begin with
// a later letter (LOGISTIC is "Sigmoid", EXPAND_DIMS and SQUEEZE are forms of "Reshape").
constexpr auto kBehindPow = std::to_array<std::string_view>({
    "EXPAND_DIMS",
    "LOGISTIC",
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
    "SUM",
    "TANH",
    "TILE",
    "TRANSPOSE",
    "UNPACK",
});

constexpr auto kByChannel = std::to_array<std::string_view>({
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "TRANSPOSE_CONV",
    "FULLY_CONNECTED",
    "PRELU",
});

// The list in the plugin's public source (compiler_plugin.cc), of 2.3.0 with TILE and UNPACK.
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

constexpr auto kPluginComposites = std::to_array<std::string_view>({
    "odml.l2_norm",
    "odml.rms_norm",
});

template <class Table>
bool has(const Table& table, std::string_view name) {
  return std::find(table.begin(), table.end(), name) != table.end();
}

}  // namespace

Listing listing_of(std::string_view name, MdlaTable table) {
  if (table == MdlaTable::v5_3) return has(kMdla53, name) ? Listing::listed : Listing::absent;
  if (has(kMdla30, name)) return Listing::listed;
  return has(kBehindPow, name) ? Listing::unread : Listing::absent;
}

bool takes_scales_by_channel(std::string_view name) { return has(kByChannel, name); }

bool plugin_takes(std::string_view name) { return has(kPlugin, name); }

bool plugin_takes_composite(std::string_view name) { return has(kPluginComposites, name); }

}  // namespace sotto
