#include "simulators/neuron_adapter/switches.h"

#include <charconv>
#include <cstdlib>
#include <string_view>
#include <tuple>

namespace sotto::simulator {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::uint64_t number(std::string_view& text) {
  std::uint64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value).ptr;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.empty()) text.remove_prefix(1);  // the dot
  return value;
}

Switches read_switches() {
  Switches switches;
  if (std::string_view version = variable("SOTTO_SIM_VERSION"); !version.empty()) {
    const auto part = [&] { return static_cast<std::uint8_t>(number(version)); };
    switches.version.major = part();
    switches.version.minor = part();
    switches.version.patch = part();
  }
  std::string_view call = variable("SOTTO_SIM_FAIL_CALL");
  switches.failing_call = number(call);
  std::string_view threads = variable("SOTTO_SIM_THREADS");
  if (const std::uint64_t most = number(threads); most > 0) switches.threads = most;
  switches.padded = variable("SOTTO_SIM_PADDED") == "1";
  switches.wrong_matmul = variable("SOTTO_SIM_WRONG_MATMUL") == "1";
  switches.lacks = variable("SOTTO_SIM_LACKS");
  switches.report = variable("SOTTO_SIM_REPORT");
  return switches;
}

}  // namespace

const Switches& switches() {
  static const Switches read = read_switches();
  return read;
}

std::string soc() {
  for (const char* name : {"MTKNN_ADAPTER_DLA_PLATFORM", "SOTTO_SIM_SOC"}) {
    if (const auto found = variable(name); !found.empty()) return std::string(found);
  }
  return "mt8189";
}

bool is_at_least(int major, int minor, int patch) {
  const neuron::Version& version = switches().version;
  return std::tuple(int{version.major}, int{version.minor}, int{version.patch}) >=
         std::tuple(major, minor, patch);
}

}  // namespace sotto::simulator
