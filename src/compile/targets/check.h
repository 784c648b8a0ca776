#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compile/targets/legality.h"
#include "compile/targets/target.h"
#include "core/tflite/tflite_cost.h"
#include "core/tflite/tflite_model.h"

namespace sotto {

/// Something about a graph that an NPU's compiler would refuse, or would compute differently.
struct Finding {
  enum class Kind {
    illegal,
    note,  ///< it compiles, and is worth knowing
  };
  Kind kind = Kind::illegal;
  /// Place in the graph's operators; absent where it is about the graph or about a constant.
  std::optional<std::size_t> operation;
  std::string operator_name;   ///< empty where `operation` is absent
  std::string tensor;          ///< the operator's first output, or the tensor that it is about
  std::string reason, remedy;  ///< as an Objection has them
};

struct GraphReport {
  std::string name;
  std::size_t operators = 0;
  TfliteCost cost;
  std::optional<double> seconds;  ///< estimate for one run; absent where the target has none
  std::vector<Finding> findings;
  [[nodiscard]] std::size_t illegal() const;  ///< findings of that kind
};

struct CheckReport {
  std::vector<GraphReport> graphs;
  [[nodiscard]] bool passed() const;  ///< nothing is illegal
};

/// Holds every graph of the model, but for those behind composites that are taken whole, to
/// what the compilers of this target take: operators, shapes of
/// at most four fixed axes, element types, numbers that float16 has, and the count of operators.
/// Whether the target can be used at all (`refusal`) is for the caller to say. Throws what
/// toolchains_for() throws.
[[nodiscard]] CheckReport check_model(const TfliteModel& model, const Target& target,
                                      ToolchainName toolchain = ToolchainName::both);

}  // namespace sotto
