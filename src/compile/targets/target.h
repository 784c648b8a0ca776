#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sotto {

/// One SoC and its NPU, as data: what its compilers take and how they are called. The legality of
/// operators is a table per NPU generation (legality.h).
struct Target {
  std::string_view name;        ///< "mt8371", as find_target() takes it
  std::string_view marketing;   ///< "Genio 520", "Dimensity 9400"; empty where unknown
  std::string_view generation;  ///< "mdla5.3", …; empty where the public sources do not say
  /// Why nothing should be compiled for it: a sentence; empty for targets that can be used.
  std::string_view refusal;
  // MediaTek's own compiler, ncc-tflite; absent where its flags are not public.
  struct Ncc {
    std::string_view arch;  ///< "mdla5.3,edma3.6"
    int l1_size_kb = 0;     ///< 0: not passed
    int num_mdla = 0;       ///< 0: not passed
  };
  std::optional<Ncc> ncc;
  /// LiteRT's name of the SoC ("mt8189" for MT8371, too); empty where its plugin knows none.
  std::string_view litert_soc;
  /// What estimate_seconds() of roofline.h goes by.
  struct Speed {
    double multiply_adds_per_second = 0;
    double bytes_per_second = 0;  ///< of weights, and of inputs and outputs
  };
  std::optional<Speed> speed;  ///< absent where no figures of a device are public
  /// What of this row is public, and what is inferred and from what.
  std::string_view evidence;
  /// Major version of the NeuroPilot whose compiled networks its devices load.
  int neuropilot = 8;
  /// What is reported of LiteRT's plugin and constants with a scale a channel: a clause; empty
  /// where nothing is.
  std::string_view scales_by_channel = {};
};

[[nodiscard]] std::span<const Target> targets();

/// By its own name or the one it is sold by, with or without "MediaTek" in front and "+" behind;
/// case, spaces, hyphens and underscores do not matter. Throws usage for another, naming those that
/// are near it, or all where none is.
[[nodiscard]] const Target& find_target(std::string_view name);

}  // namespace sotto
