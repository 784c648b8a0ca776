#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sotto {

/// A chip of MediaTek's, as far as it is public: docs/targets.md names the sources.
struct KnownSoc {
  std::string_view name;       ///< "mt8371"
  std::string_view marketing;  ///< "Genio 520"; empty where unknown
  std::string_view family;  ///< what compilers call it: "mt8189"; its own name where none is known
  std::string_view generation;  ///< of its NPU; empty where that is not public
  std::string_view refusal;     ///< why nothing should be run on its NPU; empty for others
};

[[nodiscard]] std::span<const KnownSoc> known_socs();

/// By its name; null for another.
[[nodiscard]] const KnownSoc* find_soc(std::string_view name);

/// What compilers call a chip: its family's name, or its own where it is not known.
[[nodiscard]] std::string family_of(std::string_view name);

/// "MT8371 (Genio 520)".
[[nodiscard]] std::string shown_soc(std::string_view name);

/// Every "mt8371" in a text ("mediatek,mt8371-evk", "MT8371"), in lower case and in its order: MT
/// and four digits that do not go on.
[[nodiscard]] std::vector<std::string> socs_in(std::string_view text);

}  // namespace sotto
