#include <algorithm>
#include <array>
#include <cctype>

#include "compile/targets/target.h"
#include "core/base/error.h"

namespace sotto {
namespace {

// From the public sources that docs/targets.md names.
constexpr auto kTargets = std::to_array<Target>({
    {"mt8371", "Genio 520/720 class", "mdla5.3", "", Target::Ncc{"mdla5.3,edma3.6", 256, 1},
     "mt8189"},
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
  for (const Target& target : kTargets)
    known += (known.empty() ? "" : ", ") + std::string(target.name);
  fail(ErrorKind::usage, "--target: expected one of ", known, ", found \"", name, "\"");
}

}  // namespace sotto
