#include <array>

#include "compile/targets/target.h"

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

constexpr Target with_report(Target target, std::string_view scales_by_channel) {
  target.scales_by_channel = scales_by_channel;
  return target;
}

// LiteRT's issues 7603 and 8098, and what was changed since.
constexpr std::string_view kScalesByChannel =
    "with LiteRT 2.1.5 (Neuron 8.2.19) compiling fails at such weights and at their int32 biases, "
    "and a later change of LiteRT's takes the biases from Neuron 8.2.28 on";

constexpr std::string_view kMdla30 =
    "MDLA 3.0 and ncc-tflite's --arch are public (MediaTek's guides for Genio), its operators in "
    "part (docs/targets.md); that LiteRT's mt8188 is its family is inferred from the chip's name "
    "in Linux";

constexpr Target mdla_30_of_plugin(std::string_view name, std::string_view marketing) {
  return {
      name,
      marketing,
      "mdla3.0",
      "",
      std::nullopt,
      name,
      std::nullopt,
      "LiteRT's plugin compiles for it; MDLA 3.0 is public (MediaTek's guides), its operators in "
      "part (docs/targets.md), ncc-tflite's flags are not"};
}

constexpr Target::Speed speed_of(int mdlas) { return {kRateOfOneMdla * mdlas, kBandwidth}; }

// From the public sources that docs/targets.md names.
constexpr auto kTargets = std::to_array<Target>({
    {"mt8371", "Genio 520", "mdla5.3", "", Target::Ncc{"mdla5.3,edma3.6", 256, 1}, "mt8189",
     speed_of(1),
     "flags, operators and speed are those of published runs on a device; that LiteRT's mt8189 is "
     "its family is from MediaTek's names of both"},
    {"mt8391", "Genio 720", "mdla5.3", "", Target::Ncc{"mdla5.3", 256, 1}, "mt8189", speed_of(1),
     "generation and --arch are public; that LiteRT's mt8189 is its family is from MediaTek's "
     "names of both; the other flags, operators and speed are those of MT8371"},
    {"mt8189", "Kompanio 540", "mdla5.3", "", Target::Ncc{"mdla5.3,edma3.6", 256, 1}, "mt8189",
     speed_of(1),
     "LiteRT's plugin compiles for it; generation, flags and speed are those of MT8371, which is "
     "of its family"},
    {"mt6899", "Dimensity 8400", "mdla5.5", "", Target::Ncc{"mdla5.5,edma3.6", 2048, 2}, "",
     speed_of(2),
     "flags are published; operators are those of MDLA 5.3; speed is MT8371's times the MDLAs"},
    with_report({"mt6991", "Dimensity 9400", "mdla5.5", "", Target::Ncc{"mdla5.5,edma3.6", 7168, 4},
                 "mt6991", speed_of(4),
                 "flags are published, and LiteRT's plugin compiles for it; operators are those of "
                 "MDLA 5.3; speed is MT8371's times the MDLAs"},
                kScalesByChannel),
    {"mt8370", "Genio 510", "mdla3.0", "", Target::Ncc{"mdla3.0", 0, 0}, "mt8188", std::nullopt,
     kMdla30},
    {"mt8390", "Genio 700", "mdla3.0", "", Target::Ncc{"mdla3.0", 0, 0}, "mt8188", std::nullopt,
     kMdla30},
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
    mdla_30_of_plugin("mt6983", "Dimensity 9000"),
    plugin_target("mt6985", "Dimensity 9200"),
    with_report(plugin_target("mt6989", "Dimensity 9300"), kScalesByChannel),
    // As LiteRT's own Python front end chooses.
    with_report(with_neuropilot(plugin_target("mt6993", "Dimensity 9500"), 9), kScalesByChannel),
    plugin_target("mt8171", ""),
    mdla_30_of_plugin("mt8188", "Kompanio 838"),
});

}  // namespace

std::span<const Target> targets() { return kTargets; }

}  // namespace sotto
