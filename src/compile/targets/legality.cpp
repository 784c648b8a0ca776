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
    {"BATCH_MATMUL",
     "write a product with constant weights as FULLY_CONNECTED or CONV_2D, and compute one of two "
     "values on the CPU"},
    {"GELU",
     "write its tanh form out with MUL, ADD and TANH: x/2 · (1 + tanh(0.79788 · (x + 0.044715 · "
     "x³))); or, less exact, x · LOGISTIC(1.702 · x)"},
    {"CAST", "give and take values of one type, and convert them on the CPU"},
    {"L2_NORMALIZATION", "write it with MUL, SUM and RSQRT"},
    {"LSTM", kOnTheCpu},
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

/// Absent for generations whose operators are neither public nor taken to be another's (target.h,
/// `evidence`).
std::optional<MdlaTable> table_of(std::string_view generation) {
  if (generation.starts_with("mdla5.")) return MdlaTable::v5_3;
  if (generation == "mdla3.0") return MdlaTable::v3_0;
  return std::nullopt;
}

/// Why an operator is not on the NPU: what a table does not list may exist nevertheless.
std::string absence(std::string_view name, MdlaTable table) {
  if (table == MdlaTable::v5_3) return concat(name, " has no NPU operator");
  if (listing_of(name, MdlaTable::v5_3) == Listing::listed) {
    return concat(name, " is not in MediaTek's public list for MDLA 3.0");
  }
  return concat(name,
                " is neither in MediaTek's public list for MDLA 3.0, as far as that could be ",
                "read, nor in that for MDLA 5.3");
}

}  // namespace

ToolchainSet toolchains_for(const Target& target, ToolchainName toolchain) {
  const std::optional<MdlaTable> table = table_of(target.generation);
  const MdlaTable mdla = table.value_or(MdlaTable::v5_3);
  const bool ncc = table.has_value();
  const bool litert = !target.litert_soc.empty();
  if (toolchain == ToolchainName::both && (ncc || litert)) return {ncc, litert, mdla};
  if (toolchain == ToolchainName::ncc && ncc) return {true, false, mdla};
  if (toolchain == ToolchainName::litert && litert) return {false, true, mdla};
  fail(ErrorKind::usage, Option{"toolchain"}, ": expected ",
       litert ? "litert"
       : ncc  ? "ncc"
              : "another target",
       " for ", target.name, ", for ",
       ncc ? "LiteRT's plugin does not know it" : "the operators of its NPU are not public");
}

std::optional<Objection> object_to_operator(std::string_view name, const ToolchainSet& toolchains) {
  const bool mdla = !toolchains.ncc || listing_of(name, toolchains.mdla) != Listing::absent;
  const bool plugin = !toolchains.litert || plugin_takes(name);
  if (mdla && plugin) return std::nullopt;
  std::string reason = mdla ? concat("LiteRT's MediaTek plugin does not take ", name)
                            : absence(name, toolchains.mdla);
  return Objection{std::move(reason), std::string(remedy_for(name))};
}

bool is_taken_whole(const TfliteComposite& composite, const ToolchainSet& toolchains) {
  if (!toolchains.litert || toolchains.ncc) return false;
  if (composite.name == "odml.group_norm") return composite.groups == 1;
  return plugin_takes_composite(composite.name);
}

std::optional<Objection> object_to_composite(const TfliteComposite& composite,
                                             const ToolchainSet& toolchains) {
  if (!toolchains.ncc) return std::nullopt;
  return Objection{concat("ncc-tflite is not known to take composites, and ",
                          printable(composite.name), " is one"),
                   concat("compile the file with LiteRT (", Option{"toolchain", "litert"},
                          "), or write the composite's own operators in its place")};
}

std::optional<Objection> doubt_operator(std::string_view name, const ToolchainSet& toolchains) {
  if (toolchains.ncc || toolchains.mdla != MdlaTable::v3_0) return std::nullopt;
  if (listing_of(name, toolchains.mdla) != Listing::absent) return std::nullopt;
  return Objection{concat(absence(name, toolchains.mdla), ", though LiteRT's plugin hands it on"),
                   std::string(remedy_for(name))};
}

bool is_unread(std::string_view name, const ToolchainSet& toolchains) {
  return toolchains.ncc && listing_of(name, toolchains.mdla) == Listing::unread;
}

std::optional<Objection> object_to_custom_operator(std::string_view name,
                                                   const ToolchainSet& toolchains) {
  if (name == "DISPATCH_OP") {
    return Objection{"it is compiled for an NPU already", "check the file it was compiled from"};
  }
  if (!name.starts_with("MTKEXT_")) {
    return Objection{concat("no NPU knows the custom operator ", printable(name)),
                     "write it with the format's own operators"};
  }
  if (!toolchains.litert) return std::nullopt;
  return Objection{
      concat(printable(name), " is of MediaTek's converter, and LiteRT's plugin does not take it"),
      concat("compile the file with ncc-tflite (", Option{"toolchain", "ncc"},
             "), or write the operator out")};
}

}  // namespace sotto
