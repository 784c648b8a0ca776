#include "core/tflite/operator_forms.h"

#include <array>
#include <map>
#include <span>

namespace sotto {
namespace {

constexpr std::size_t kAny = OperatorForm::kAny;

// One output each.
constexpr auto kOfOneInput = std::to_array<std::string_view>({
    "AVERAGE_POOL_2D",
    "DEPTH_TO_SPACE",
    "DEQUANTIZE",
    "FLOOR",
    "L2_NORMALIZATION",
    "L2_POOL_2D",
    "LOCAL_RESPONSE_NORMALIZATION",
    "LOGISTIC",
    "MAX_POOL_2D",
    "RELU",
    "RELU_N1_TO_1",
    "RELU6",
    "SOFTMAX",
    "SPACE_TO_DEPTH",
    "TANH",
    "SQUEEZE",
    "EXP",
    "LOG_SOFTMAX",
    "CAST",
    "NEG",
    "SIN",
    "LOG",
    "SQRT",
    "RSQRT",
    "SHAPE",
    "FAKE_QUANT",
    "LOGICAL_NOT",
    "SQUARE",
    "ZEROS_LIKE",
    "LEAKY_RELU",
    "ABS",
    "CEIL",
    "COS",
    "WHERE",
    "RANK",
    "ELU",
    "MATRIX_DIAG",
    "QUANTIZE",
    "ROUND",
    "HARD_SWISH",
    "DENSIFY",
    "BUCKETIZE",
    "GELU",
    "RELU_0_TO_1",
    "SIGN",
    "BITCAST",
});

constexpr auto kOfTwoInputs = std::to_array<std::string_view>({
    "ADD",
    "EMBEDDING_LOOKUP",
    "MUL",
    "PAD",
    "GATHER",
    "TRANSPOSE",
    "MEAN",
    "SUB",
    "DIV",
    "PRELU",
    "MAXIMUM",
    "ARG_MAX",
    "MINIMUM",
    "LESS",
    "GREATER",
    "GREATER_EQUAL",
    "LESS_EQUAL",
    "TILE",
    "EXPAND_DIMS",
    "EQUAL",
    "NOT_EQUAL",
    "SUM",
    "POW",
    "ARG_MIN",
    "REDUCE_PROD",
    "REDUCE_MAX",
    "LOGICAL_OR",
    "LOGICAL_AND",
    "REDUCE_MIN",
    "FLOOR_DIV",
    "REDUCE_ANY",
    "FILL",
    "FLOOR_MOD",
    "RESIZE_NEAREST_NEIGHBOR",
    "SQUARED_DIFFERENCE",
    "MIRROR_PAD",
    "REVERSE_V2",
    "GATHER_ND",
    "REVERSE_SEQUENCE",
    "MATRIX_SET_DIAG",
    "SEGMENT_SUM",
    "BATCH_MATMUL",
    "CUMSUM",
    "BROADCAST_TO",
    "RFFT2D",
    "REDUCE_ALL",
    "BROADCAST_ARGS",
    "ATAN2",
    "BITWISE_XOR",
    "RIGHT_SHIFT",
});

constexpr auto kOfThreeInputs = std::to_array<std::string_view>({
    "BATCH_TO_SPACE_ND",
    "SPACE_TO_BATCH_ND",
    "PADV2",
    "SELECT",
    "SLICE",
    "RANGE",
    "SCATTER_ND",
    "SELECT_V2",
    "DYNAMIC_UPDATE_SLICE",
    "UNSORTED_SEGMENT_PROD",
    "UNSORTED_SEGMENT_MAX",
    "UNSORTED_SEGMENT_SUM",
    "UNSORTED_SEGMENT_MIN",
});

struct OtherForm {
  std::string_view name;
  OperatorForm form;
};

// A bias comes last and may be left out in either way. The recurrent ones have gates, projections
// and normalizations without which they work too.
constexpr auto kOthers = std::to_array<OtherForm>({
    {"CONCATENATION", {1, kAny, 1, 1}},
    {"PACK", {1, kAny, 1, 1}},
    {"ADD_N", {1, kAny, 1, 1}},
    {"CONV_2D", {2, 3, 1, 1, 2}},
    {"DEPTHWISE_CONV_2D", {2, 3, 1, 1, 2}},
    {"CONV_3D", {2, 3, 1, 1, 2}},
    {"TRANSPOSE_CONV", {3, 4, 1, 1, 3}},
    {"CONV_3D_TRANSPOSE", {3, 4, 1, 1, 3}},
    {"FULLY_CONNECTED", {2, 3, 1, 2, 2}},
    {"LSH_PROJECTION", {2, 3, 1, 1, 2}},
    {"SVDF", {4, 5, 1, 2, 3}},
    {"LSTM", {5, kAny, 1, kAny, 1}},
    {"UNIDIRECTIONAL_SEQUENCE_LSTM", {5, kAny, 1, kAny, 1}},
    {"BIDIRECTIONAL_SEQUENCE_LSTM", {5, kAny, 1, kAny, 1}},
    {"RNN", {4, kAny, 1, kAny, 1}},
    {"UNIDIRECTIONAL_SEQUENCE_RNN", {4, kAny, 1, kAny, 1}},
    {"BIDIRECTIONAL_SEQUENCE_RNN", {4, kAny, 1, kAny, 1}},
    {"HASHTABLE_LOOKUP", {3, 3, 2, 2}},
    {"RESHAPE", {1, 2, 1, 1}},
    {"RESIZE_BILINEAR", {1, 2, 1, 1}},
    {"EMBEDDING_LOOKUP_SPARSE", {5, 5, 1, 1}},
    {"STRIDED_SLICE", {4, 4, 1, 1}},
    {"SPARSE_TO_DENSE", {4, 4, 1, 1}},
    {"ONE_HOT", {4, 4, 1, 1}},
    {"TOPK_V2", {2, 2, 2, 2}},
    {"SPLIT", {2, 2, 1, kAny}},
    {"SPLIT_V", {3, 3, 1, kAny}},
    {"UNPACK", {1, 1, 1, kAny}},
    {"UNIQUE", {1, 1, 2, 2}},
    {"NON_MAX_SUPPRESSION_V4", {5, 5, 2, 2}},
    {"NON_MAX_SUPPRESSION_V5", {6, 6, 3, 3}},
    {"IF", {1, kAny, 0, kAny}},
    {"WHILE", {0, kAny, 0, kAny}},
    {"CALL_ONCE", {0, 0, 0, 0}},
    {"HASHTABLE", {0, 0, 1, 1}},
    {"HASHTABLE_FIND", {3, 3, 1, 1}},
    {"HASHTABLE_IMPORT", {3, 3, 0, 0}},
    {"HASHTABLE_SIZE", {1, 1, 1, 1}},
    {"VAR_HANDLE", {0, 0, 1, 1}},
    {"READ_VARIABLE", {1, 1, 1, 1}},
    {"ASSIGN_VARIABLE", {2, 2, 0, 0}},
    {"RANDOM_STANDARD_NORMAL", {1, 1, 1, 1}},
    {"RANDOM_UNIFORM", {1, 1, 1, 1}},
    {"MULTINOMIAL", {2, 2, 1, 1}},
});

using Forms = std::map<std::string_view, OperatorForm>;

void add(Forms& forms, std::span<const std::string_view> names, std::size_t inputs) {
  for (const std::string_view name : names) forms[name] = {inputs, inputs, 1, 1};
}

Forms all_forms() {
  Forms forms;
  add(forms, kOfOneInput, 1);
  add(forms, kOfTwoInputs, 2);
  add(forms, kOfThreeInputs, 3);
  for (const OtherForm& other : kOthers) forms[other.name] = other.form;
  return forms;
}

}  // namespace

OperatorForm operator_form(std::string_view name) {
  static const Forms forms = all_forms();
  const auto found = forms.find(name);
  return found == forms.end() ? OperatorForm{.optional_from = 0} : found->second;
}

}  // namespace sotto
