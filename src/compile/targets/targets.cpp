#include <algorithm>
#include <array>
#include <cctype>

#include "compile/targets/target.h"
#include "core/base/error.h"

namespace sotto {
namespace {

// Fitted to the published figures of MT8371: docs/targets.md.
constexpr double kRateOfOneMdla = 350e9;
constexpr double kBandwidth = 4.3e9;

constexpr std::string_view kPluginOnly =
    "LiteRT's plugin compiles for it; its NPU's generation and ncc-tflite's flags are not public";

constexpr Target plugin_target(std::string_view name, std::string_view marketing) {
  return {name, marketing, "", "", std::nullopt, name, std::nullopt, kPluginOnly};
}

constexpr Target with_neuropilot(Target target, int version) {
  target.neuropilot = version;
  return target;
}

constexpr Target::Speed speed_of(int mdlas) { return {kRateOfOneMdla * mdlas, kBandwidth}; }

// From the public sources that docs/targets.md names.
constexpr auto kTargets = std::to_array<Target>({
    {"mt8371", "Genio 520", "mdla5.3", "", Target::Ncc{"mdla5.3,edma3.6", 256, 1}, "mt8189",
     speed_of(1),
     "flags, operators and speed are those of published runs on a device; that LiteRT's mt8189 is "
     "its family is from MediaTek's names of both"},
    {"mt8189", "Kompanio 540", "mdla5.3", "", Target::Ncc{"mdla5.3,edma3.6", 256, 1}, "mt8189",
     speed_of(1),
     "LiteRT's plugin compiles for it; generation, flags and speed are those of MT8371, which is "
     "of its family"},
    {"mt6899", "Dimensity 8400", "mdla5.5", "", Target::Ncc{"mdla5.5,edma3.6", 2048, 2}, "",
     speed_of(2),
     "flags are published; operators are those of MDLA 5.3; speed is MT8371's times the MDLAs"},
    {"mt6991", "Dimensity 9400", "mdla5.5", "", Target::Ncc{"mdla5.5,edma3.6", 7168, 4}, "mt6991",
     speed_of(4),
     "flags are published, and LiteRT's plugin compiles for it; operators are those of MDLA 5.3; "
     "speed is MT8371's times the MDLAs"},
    {"mt8370", "Genio 510", "mdla3.0", "", std::nullopt, "mt8188", std::nullopt,
     "the generation is inferred, its operators are taken to be those of MDLA 5.3, and that "
     "LiteRT's mt8188 is its family is inferred from the chip's name in Linux; no flags are "
     "public"},
    {"mt8390", "Genio 700", "mdla3.0", "", std::nullopt, "mt8188", std::nullopt,
     "the generation is inferred, its operators are taken to be those of MDLA 5.3, and that "
     "LiteRT's mt8188 is its family is inferred from the chip's name in Linux; no flags are "
     "public"},
    {"mt8395", "Genio 1200", "mdla2.0",
     "its NPU (MDLA 2.0) is documented as not for transformer models, and Whisper is one",
     std::nullopt, "", std::nullopt, "MediaTek's documentation"},
    plugin_target("mt6853", "Dimensity 720"),
    plugin_target("mt6877", "Dimensity 900"),
    plugin_target("mt6878", "Dimensity 7300"),
    plugin_target("mt6879", ""),
    plugin_target("mt6886", "Dimensity 7200"),
    plugin_target("mt6893", "Dimensity 1200"),
    plugin_target("mt6895", "Dimensity 8100"),
    plugin_target("mt6897", "Dimensity 8300"),
    plugin_target("mt6983", "Dimensity 9000"),
    plugin_target("mt6985", "Dimensity 9200"),
    plugin_target("mt6989", "Dimensity 9300"),
    // As LiteRT's own Python front end chooses.
    with_neuropilot(plugin_target("mt6993", "Dimensity 9500"), 9),
    plugin_target("mt8171", ""),
    plugin_target("mt8188", "Kompanio 838"),
});

}  // namespace

std::span<const Target> targets() { return kTargets; }

const Target& find_target(std::string_view name) {
  const auto same = [&](const Target& target) {
    return std::equal(name.begin(), name.end(), target.name.begin(), target.name.end(),
                      [](unsigned char a, char b) { return std::tolower(a) == b; });
  };
  const auto found = std::find_if(kTargets.begin(), kTargets.end(), same);
  if (found != kTargets.end()) return *found;
  std::string known;
  for (const Target& target : kTargets) known += concat(known.empty() ? "" : ", ", target.name);
  fail(ErrorKind::usage, "--target: expected one of ", known, ", found \"", name, "\"");
}

}  // namespace sotto
