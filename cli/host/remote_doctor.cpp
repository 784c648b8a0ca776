#include "host/remote_doctor.h"

#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/bundle/bundle.h"
#include "core/bundle/graph_table.h"
#include "run/deployment/deployed_bundle.h"
#include "run/doctor/report_json.h"
#include "shown.h"
#include "table.h"

namespace sotto::cli {
namespace {

constexpr int kProblems = 1;  // the exit code of a doctor that found some

/// What the doctor looks at: what is compiled and what goes with it, and for the self-test the
/// graphs that it was compiled from.
Manifest examined(const Bundle& bundle, const DoctorOptions& options) {
  Manifest manifest = bundle.manifest();
  std::erase_if(manifest.files, [&](const FileRecord& file) {
    const auto role = parse_graph_role(file.role);
    return role && role->soc.empty() && !(options.self_test && role->form == Form::tflite);
  });
  return manifest;
}

DeployedBundle send(const WireArguments& wire, const DoctorOptions& options) {
  DeviceSetup setup;
  setup.program = device_program(wire);
  setup.directory = wire.directory;
  setup.neuron = options.adapter;
  setup.litert = options.litert;
  setup.progress = options.progress;
  std::shared_ptr<Wire> connected = connect(wire);
  if (options.bundle.empty()) return {std::move(connected), {}, Manifest{}, std::move(setup)};
  const Bundle bundle = Bundle::open(options.bundle);
  return {std::move(connected), bundle.folder(), examined(bundle, options), std::move(setup)};
}

}  // namespace

Report examine_there(const WireArguments& wire, const DoctorOptions& options) {
  const DeployedBundle there = send(wire, options);
  std::vector<std::string> words = there.program_words("doctor");
  if (!there.bundle().empty()) words.push_back(there.bundle());
  const auto libraries = there.library_words();
  words.insert(words.end(), libraries.begin(), libraries.end());
  words.emplace_back("--json");
  if (options.self_test) words.emplace_back("--self-test");
  if (options.progress) options.progress("examining " + there.wire().name());
  constexpr RemoteLimits kLimits{.time = std::chrono::hours(1), .output = std::uint64_t{4} << 20};
  const RemoteRun run = there.wire().run(words, kLimits);
  if (run.exit_code != 0 && run.exit_code != kProblems) {
    fail(ErrorKind::io, there.wire().name(), ": expected a report of `sotto doctor`, found exit ",
         "code ", run.exit_code, ": ", shown_on_a_line(run.errors));
  }
  return parse_report(std::as_bytes(std::span(run.output)), there.wire().name());
}

std::string probe_text(const std::vector<ProbeRow>& rows) {
  Table table({"What", "Found"});
  for (const ProbeRow& row : rows) {
    table.add({row.what, row.found.empty() ? "none" : shown_on_a_line(row.found)});
  }
  return table.text();
}

std::string probe_json(const std::vector<ProbeRow>& rows) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ProbeRow& row : rows) list.push_back({{"what", row.what}, {"found", row.found}});
  return nlohmann::ordered_json{{"probe", std::move(list)}}.dump(
             2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

}  // namespace sotto::cli
