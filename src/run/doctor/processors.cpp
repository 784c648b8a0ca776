#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "core/base/error.h"
#include "core/base/text.h"
#include "run/doctor/system_facts.h"

namespace sotto {
namespace {

struct ArmPart {
  std::uint32_t part;
  std::string_view name;
};

// Arm's numbers of its cores (MIDR_EL1), of those that MediaTek builds with.
constexpr auto kArmParts = std::to_array<ArmPart>({
    {0xd03, "Cortex-A53"},  {0xd04, "Cortex-A35"},  {0xd05, "Cortex-A55"},  {0xd08, "Cortex-A72"},
    {0xd09, "Cortex-A73"},  {0xd0a, "Cortex-A75"},  {0xd0b, "Cortex-A76"},  {0xd0d, "Cortex-A77"},
    {0xd41, "Cortex-A78"},  {0xd44, "Cortex-X1"},   {0xd46, "Cortex-A510"}, {0xd47, "Cortex-A710"},
    {0xd48, "Cortex-X2"},   {0xd4d, "Cortex-A715"}, {0xd4e, "Cortex-X3"},   {0xd80, "Cortex-A520"},
    {0xd81, "Cortex-A720"}, {0xd82, "Cortex-X4"},   {0xd85, "Cortex-X925"}, {0xd87, "Cortex-A725"},
});

struct Feature {
  std::string_view word;  ///< in /proc/cpuinfo
  std::string_view name;
};

// Those that matter to what computes beside the NPU.
constexpr auto kFeatures = std::to_array<Feature>({
    {"asimd", "Advanced SIMD"},
    {"asimdhp", "float16 arithmetic"},
    {"asimddp", "dot product"},
    {"i8mm", "int8 matrices"},
    {"bf16", "bfloat16"},
    {"sve", "SVE"},
    {"sve2", "SVE2"},
    {"avx2", "AVX2"},
    {"fma", "FMA"},
    {"f16c", "F16C"},
    {"avx512f", "AVX-512"},
    {"avx512_vnni", "AVX-512 VNNI"},
    {"avx512_fp16", "AVX-512 FP16"},
    {"amx_tile", "AMX"},
});

std::uint32_t hexadecimal(std::string_view text) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  std::uint32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

std::string core_name(std::string_view part) {
  const std::uint32_t number = hexadecimal(part);
  const auto found = std::find_if(kArmParts.begin(), kArmParts.end(),
                                  [&](const ArmPart& one) { return one.part == number; });
  return found == kArmParts.end() ? concat("Arm core ", part) : std::string(found->name);
}

void count_core(const std::string& name, SystemFacts& facts) {
  const auto found = std::find_if(facts.cores.begin(), facts.cores.end(),
                                  [&](const CoreKind& kind) { return kind.name == name; });
  if (found == facts.cores.end()) {
    facts.cores.push_back({name, 1});
  } else {
    ++found->count;
  }
}

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::string_view one = list.substr(0, list.find(' '));
    if (one == word) return true;
    list.remove_prefix(std::min(list.size(), one.size() + 1));
  }
  return false;
}

// Of the first processor: what one of several lacks, the kernel leaves out of all.
void add_features(std::string_view list, SystemFacts& facts) {
  if (!facts.features.empty()) return;
  for (const Feature& feature : kFeatures) {
    if (has_word(list, feature.word)) facts.features.emplace_back(feature.name);
  }
}

}  // namespace

void add_processors(std::string_view cpuinfo, SystemFacts& facts) {
  // Some kernels for Arm name both for each processor.
  const bool is_arm = cpuinfo.find("CPU part") != std::string_view::npos;
  while (!cpuinfo.empty()) {
    const std::string_view line = cpuinfo.substr(0, cpuinfo.find('\n'));
    cpuinfo.remove_prefix(std::min(cpuinfo.size(), line.size() + 1));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view key = strip_white_space(line.substr(0, colon));
    const std::string_view value = strip_white_space(line.substr(colon + 1));
    if (key == "CPU part") count_core(core_name(value), facts);
    if (key == "model name" && !is_arm) count_core(std::string(value), facts);
    if (key == "Features" || key == "flags") add_features(value, facts);
  }
}

}  // namespace sotto
