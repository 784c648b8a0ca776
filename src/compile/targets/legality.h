#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compile/targets/target.h"

namespace sotto {

/// The compilers that stand between a TFLite file and an NPU.
enum class Road {
  ncc,     ///< MediaTek's ncc-tflite, after mtk_converter or not
  litert,  ///< MediaTek's plugin of LiteRT
  both,    ///< each of them that there is for the target
};

/// Operators that the NPU's compilers have managed in one graph; beyond, they have given up
/// (NEURON_UNMAPPABLE).
inline constexpr std::size_t kOperatorBudget = 4500;
/// What Sotto's own graphs stay below, with room for what compilers add.
inline constexpr std::size_t kComfortableOperators = 2000;

/// The roads that `road` stands for with this target. Throws usage when it is one of which nothing
/// is public.
struct Roads {
  bool ncc = false;
  bool litert = false;
};
[[nodiscard]] Roads roads_for(const Target& target, Road road);

/// Why something cannot run on the NPU, and what to do instead: parts of a sentence.
struct Objection {
  std::string reason;
  std::string remedy;
};

/// By an operator's name in the format; absent for one that all of the roads take.
[[nodiscard]] std::optional<Objection> object_to_operator(std::string_view name,
                                                          const Roads& roads);
/// By a custom operator's own name.
[[nodiscard]] std::optional<Objection> object_to_custom_operator(std::string_view name,
                                                                 const Roads& roads);

}  // namespace sotto
