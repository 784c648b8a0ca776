#include "compile/targets/legality.h"

#include <algorithm>
#include <array>
#include <utility>

#include "compile/targets/operator_tables.h"
#include "core/archive/printable.h"
#include "core/base/error.h"

namespace sotto {
namespace {

struct Remedy {
  std::string_view name;
  std::string_view text;
};

constexpr std::string_view kOnTheCpu = "compute it on the CPU, before or after the graph";
constexpr std::string_view kMasks =
    "choose with arithmetic instead: add a mask of 0 and −10000, or multiply by one of 0 and 1";
constexpr std::string_view kFixed =
    "export the graph with fixed shapes and lengths, so that nothing is decided while it runs";
constexpr std::string_view kState =
    "make the state an input and an output of the graph, and keep it on the CPU";

constexpr auto kRemedies = std::to_array<Remedy>({
    {"GATHER", "look the embedding up on the CPU and feed its rows, or cut rows out with SLICE"},
    {"GATHER_ND", "look the rows up on the CPU and feed them"},
    {"EMBEDDING_LOOKUP", "look the embedding up on the CPU and feed its rows"},
    {"ARG_MAX", "give the logits out and find the largest on the CPU"},
    {"ARG_MIN", "give the values out and find the smallest on the CPU"},
    {"TOPK_V2", "give the logits out and find the largest on the CPU"},
    {"LOG_SOFTMAX", "give the logits out and take the logarithm of their softmax on the CPU"},
    {"LOG", kOnTheCpu},
    {"EXP", "write it as part of a SOFTMAX or a LOGISTIC, or compute it on the CPU"},
    {"NEG", "multiply by −1 (MUL)"},
    {"POW", "multiply the value by itself (MUL), or take SQRT or RSQRT"},
    {"SQUARE", "multiply the value by itself (MUL)"},
    {"PACK", "give each part an axis more with RESHAPE and join them with CONCATENATION"},
    {"SPLIT_V", "cut with SLICE"},
    {"EXPAND_DIMS", "write it as RESHAPE"},
    {"SQUEEZE", "write it as RESHAPE"},
    {"BROADCAST_TO", "let ADD or MUL broadcast the value, or repeat it with TILE"},
    {"REDUCE_MIN", "negate, take REDUCE_MAX and negate again (MUL by −1)"},
    {"RELU6", "write it as RELU and MINIMUM"},
    {"RELU_N1_TO_1", "write it as MAXIMUM and MINIMUM"},
    {"ELU", "take GELU or RELU in the model, or compute it on the CPU"},
    {"LEAKY_RELU", "write it as MAXIMUM of the value and its multiple, or as PRELU"},
    {"PADV2", "pad with zeros (PAD), or join with a constant (CONCATENATION)"},
    {"MIRROR_PAD", "cut the mirrored parts and join them (SLICE, CONCATENATION)"},
    {"FLOOR", kOnTheCpu},
    {"CEIL", kOnTheCpu},
    {"ROUND", kOnTheCpu},
    {"FLOOR_DIV", kOnTheCpu},
    {"FLOOR_MOD", kOnTheCpu},
    {"SIN", "put the values into a table when exporting"},
    {"COS", "put the values into a table when exporting"},
    {"CUMSUM", "multiply by a constant triangle of ones (BATCH_MATMUL)"},
    {"SELECT", kMasks},
    {"SELECT_V2", kMasks},
    {"WHERE", kMasks},
    {"EQUAL", kMasks},
    {"NOT_EQUAL", kMasks},
    {"GREATER", kMasks},
    {"GREATER_EQUAL", kMasks},
    {"LESS", kMasks},
    {"LESS_EQUAL", kMasks},
    {"LOGICAL_AND", kMasks},
    {"LOGICAL_OR", kMasks},
    {"LOGICAL_NOT", kMasks},
    {"REDUCE_ANY", kMasks},
    {"REDUCE_ALL", kMasks},
    {"ONE_HOT", kOnTheCpu},
    {"SHAPE", kFixed},
    {"RANK", kFixed},
    {"RANGE", kFixed},
    {"FILL", "store the filled value as a constant"},
    {"ZEROS_LIKE", "store the zeros as a constant"},
    {"IF", kFixed},
    {"WHILE", "run the loop on the CPU, one call of the graph a turn"},
    {"CALL", "write the called graph out in its place"},
    {"CALL_ONCE", kState},
    {"VAR_HANDLE", kState},
    {"READ_VARIABLE", kState},
    {"ASSIGN_VARIABLE", kState},
    {"DYNAMIC_UPDATE_SLICE", "give the new rows out and put them into the cache on the CPU"},
    {"SCATTER_ND", "give the new rows out and put them in place on the CPU"},
    {"LOCAL_RESPONSE_NORMALIZATION", "write it as MEAN, MUL and RSQRT"},
    {"STABLEHLO_COMPOSITE", "write the composite's own operators in its place"},
    {"UNIDIRECTIONAL_SEQUENCE_LSTM", kOnTheCpu},
    {"CONV_3D", "write it as several CONV_2D"},
});

constexpr std::string_view kOtherwise =
    "replace it by operators of docs/targets.md, or compute it on the CPU";

std::string_view remedy_for(std::string_view name) {
  const auto* found = std::find_if(kRemedies.begin(), kRemedies.end(),
                                   [&](const Remedy& remedy) { return remedy.name == name; });
  return found == kRemedies.end() ? kOtherwise : found->text;
}

/// Two generations whose operators are public or were taken to be the same (target.h, `evidence`).
bool has_operator_table(std::string_view generation) {
  return generation.starts_with("mdla5.") || generation == "mdla3.0";
}

}  // namespace

Roads roads_for(const Target& target, Road road) {
  const bool ncc = has_operator_table(target.generation);
  const bool litert = !target.litert_soc.empty();
  if (road == Road::both && (ncc || litert)) return {ncc, litert};
  if (road == Road::ncc && ncc) return {true, false};
  if (road == Road::litert && litert) return {false, true};
  fail(ErrorKind::usage, "--road: expected ",
       litert ? "litert"
       : ncc  ? "ncc"
              : "another target",
       " for ", target.name, ", for ",
       ncc ? "LiteRT's plugin does not know it" : "the operators of its NPU are not public");
}

std::optional<Objection> object_to_operator(std::string_view name, const Roads& roads) {
  const bool mdla = !roads.ncc || mdla_takes(name);
  const bool plugin = !roads.litert || plugin_takes(name);
  if (mdla && plugin) return std::nullopt;
  std::string reason = mdla ? concat("LiteRT's MediaTek plugin does not take ", name)
                            : concat(name, " has no NPU operator");
  return Objection{std::move(reason), std::string(remedy_for(name))};
}

std::optional<Objection> object_to_custom_operator(std::string_view name, const Roads& roads) {
  if (name == "DISPATCH_OP") {
    return Objection{"it is compiled for an NPU already", "check the file it was compiled from"};
  }
  if (!name.starts_with("MTKEXT_")) {
    return Objection{concat("no NPU knows the custom operator ", printable(name)),
                     "write it with the format's own operators"};
  }
  if (!roads.litert) return std::nullopt;
  return Objection{
      concat(printable(name), " is of MediaTek's converter, and LiteRT's plugin does not take it"),
      "compile the file with ncc-tflite (--road ncc), or write the operator out"};
}

}  // namespace sotto
