#include "compile/compiler/toolchain.h"

#include <array>

#include "compile/compiler/litert_toolchain.h"
#include "compile/compiler/ncc_toolchain.h"
#include "compile/compiler/neuron_toolchain.h"
#include "core/base/error.h"

namespace sotto {
namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<Toolchain> (*make)(const ToolchainOptions& options, const Target& target);
};

constexpr const char* kNeuron = "neuron";

constexpr auto kEntries = std::to_array<Entry>({{"ncc", make_ncc_toolchain},
                                                {"litert", make_litert_toolchain},
                                                {kNeuron, make_neuron_toolchain}});

}  // namespace

std::vector<std::string_view> toolchain_names() {
  std::vector<std::string_view> names;
  names.reserve(kEntries.size());
  for (const Entry& entry : kEntries) names.push_back(entry.name);
  return names;
}

std::unique_ptr<Toolchain> make_toolchain(std::string_view name, const ToolchainOptions& options,
                                          const Target& target) {
  if (name != kNeuron && options.layer_norm != LayerNormForm::automatic) {
    fail(ErrorKind::usage, Option{"layer-norm"}, " is for ", Option{"toolchain", kNeuron},
         ", found ", Option{"toolchain", std::string(name)});
  }
  for (const Entry& entry : kEntries) {
    if (entry.name == name) return entry.make(options, target);
  }
  fail(ErrorKind::usage, Option{"toolchain"}, ": expected ncc, litert or neuron, found \"", name,
       "\"");
}

}  // namespace sotto
