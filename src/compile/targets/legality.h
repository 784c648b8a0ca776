#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compile/targets/target.h"
#include "core/tflite/tflite_model.h"

namespace sotto {

/// The compilers that stand between a TFLite file and an NPU.
enum class ToolchainName {
  ncc,     ///< MediaTek's ncc-tflite, after mtk_converter or not
  litert,  ///< MediaTek's plugin of LiteRT
  both,    ///< each of them that there is for the target
};

/// Operators that the NPU's compilers have managed in one graph; beyond, they have given up
/// (NEURON_UNMAPPABLE).
inline constexpr std::size_t kOperatorBudget = 4500;
/// What Sotto's own graphs stay below, with room for what compilers add.
inline constexpr std::size_t kComfortableOperators = 2000;

/// MediaTek's tables of the operators that an NPU has.
enum class MdlaTable {
  v5_3,  ///< of NeuroPilot SDK 8.0.10; it stands for generations without one of their own, too
  v3_0,  ///< of the Neuron SDK for MT8188, a part of which could be read: docs/targets.md
};

/// The toolchains that `toolchain` stands for with this target. Throws usage when it is one of
/// which nothing is public.
struct ToolchainSet {
  bool ncc = false;
  bool litert = false;
  MdlaTable mdla = MdlaTable::v5_3;  ///< of the target's NPU
};
[[nodiscard]] ToolchainSet toolchains_for(const Target& target, ToolchainName toolchain);

/// Why something cannot run on the NPU, and what to do instead: parts of a sentence, with options
/// marked for spell_options().
struct Objection {
  std::string reason;
  std::string remedy;
};

/// By an operator's name in the format; absent for one that all of the toolchains take.
[[nodiscard]] std::optional<Objection> object_to_operator(std::string_view name,
                                                          const ToolchainSet& toolchains);
/// Whether the composite is for LiteRT's plugin alone, and that puts an operation of MediaTek's in
/// its place. LiteRT writes out the graphs of all others, whose operators are legal or not by
/// themselves.
[[nodiscard]] bool is_taken_whole(const TfliteComposite& composite, const ToolchainSet& toolchains);
[[nodiscard]] std::optional<Objection> object_to_composite(const TfliteComposite& composite,
                                                           const ToolchainSet& toolchains);
/// Where LiteRT's plugin is the only toolchain: that it takes an operator of which the table of the
/// NPU behind it, MDLA 3.0, does not speak. No reason to refuse it.
[[nodiscard]] std::optional<Objection> doubt_operator(std::string_view name,
                                                      const ToolchainSet& toolchains);
/// Whether an operator is taken for legal although the part of its NPU's table could not be read in
/// which it would stand.
[[nodiscard]] bool is_unread(std::string_view name, const ToolchainSet& toolchains);
/// By a custom operator's own name.
[[nodiscard]] std::optional<Objection> object_to_custom_operator(std::string_view name,
                                                                 const ToolchainSet& toolchains);

}  // namespace sotto
