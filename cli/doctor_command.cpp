#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "commands.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "doctor_text.h"
#ifdef SOTTO_COMPILE
#include "host/remote_doctor.h"
#endif
#include "message.h"
#include "progress.h"
#include "run/doctor/doctor.h"
#include "run/doctor/report_json.h"
#include "run/self_test/self_test_json.h"
#include "shown.h"

namespace sotto::cli {
namespace {

#ifdef SOTTO_COMPILE
#define SOTTO_REMOTE_EXAMPLES                                                         \
  "  sotto doctor models/ --ssh board               the same of a board, from here\n" \
  "  sotto doctor --adb                             of what adb sees\n"
#else
#define SOTTO_REMOTE_EXAMPLES ""
#endif

constexpr const char* kExamples = R"(Examples:
  sotto doctor                                   what is this device, and can its NPU be reached
  sotto doctor models/                           and which of a bundle's files fit it
  sotto doctor models/ --self-test ops.json      and does it compute each operation right
  sotto doctor models/ --json | jq '.findings[] | select(.state == "problem")'
  sotto doctor models/ --neuron libsotto_simulated_neuron.so     on the simulator
)" SOTTO_REMOTE_EXAMPLES R"(
The exit code is 1 when there is a problem. docs/doctor.md has what is recognized.)";

// How the program calls itself for what it asks the vendor's libraries.
constexpr const char* kProbeCommand = "doctor-probe";

struct DoctorArguments {
  DoctorOptions options;
#ifdef SOTTO_COMPILE
  WireArguments wire;  ///< to the device, where it is another machine
#endif
  std::filesystem::path self_test_file;  ///< empty: none
  bool json = false;
  bool quiet = false;
};

std::string spelled(const Option& option) { return with_flags(concat(option)); }

void write_self_test(const SelfTest& test, const std::filesystem::path& path) {
  const std::string text = shown_json(self_test_json(test, spelled));
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(text.data(), text.size())));
  file.commit();
}

Report examine_here(const DoctorOptions& options) {
  const auto probes =
      probes_in_children(std::filesystem::read_symlink("/proc/self/exe"), {kProbeCommand, "--"});
  return examine(options, *probes);
}

#ifdef SOTTO_COMPILE
/// What a device tells for which there is no program here; then the sentence that says so.
void probe_without_program(const DoctorArguments& arguments) {
  try {
    static_cast<void>(device_program(arguments.wire));
  } catch (const Error&) {
    const auto rows = probe_device(*connect(arguments.wire));
    if (arguments.json) {
      print_json(probe_json(rows));
    } else if (!arguments.quiet) {
      print(probe_text(rows));
    }
    throw;
  }
}

Report examine_device(const DoctorArguments& arguments) {
  if (!arguments.wire.is_given()) return examine_here(arguments.options);
  probe_without_program(arguments);
  return examine_there(arguments.wire, arguments.options);
}

void add_device(CLI::App& command, DoctorArguments& arguments) {
  add_wire_options(command, arguments.wire);
}
#else
Report examine_device(const DoctorArguments& arguments) { return examine_here(arguments.options); }

void add_device(CLI::App& /*command*/, DoctorArguments& /*arguments*/) {}
#endif

void run(DoctorArguments& arguments) {
  DoctorOptions& options = arguments.options;
  options.program_version = SOTTO_VERSION;
  Progress progress(arguments.quiet ? Verbosity::quiet : Verbosity::normal);
  options.progress = [&](const std::string& what) { progress.show(what); };
  const Report report = examine_device(arguments);
  progress.clear();
  if (report.self_test && !arguments.self_test_file.empty()) {
    write_self_test(*report.self_test, arguments.self_test_file);
  }
  if (arguments.json) {
    print_json(report_json(report, spelled));
  } else if (!arguments.quiet) {
    print(report_text(report));
  }
  if (!report.passed()) throw CLI::RuntimeError(1);
}

void add_probe_command(CLI::App& app) {
  auto words = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand(kProbeCommand, "Answer a question of `sotto doctor`");
  command->group("");  // `sotto doctor` is what people call
  command->add_option("words", *words, "The question")->required();
  command->callback([words] {
    // A library of the vendor's may have begun a line.
    answer_probe(*words, [](const std::string& line) { print(concat('\n', line, '\n')); });
  });
}

}  // namespace

void add_doctor_command(CLI::App& app) {
  auto arguments = std::make_shared<DoctorArguments>();
  DoctorOptions& options = arguments->options;
  CLI::App* command = app.add_subcommand(
      "doctor",
      "Say what this device's NPU needs to run a bundle, and what to do where it lacks it");
  command->footer(kExamples);
  command->add_option("bundle", options.bundle, "A bundle, whose files are tried on the device")
      ->type_name("BUNDLE");
  CLI::Option* self_test =
      command
          ->add_option(
              "--self-test", arguments->self_test_file,
              "Run every distinct operation of the bundle's TFLite files on the device and "
              "compare with plain arithmetic; FILE gets the results as JSON")
          ->type_name("[FILE]")
          ->expected(0, 1);
  command
      ->add_option("--neuron", options.adapter,
                   "NeuronAdapter's library (default: $SOTTO_NEURON, else the device's)")
      ->type_name("PATH");
  command->add_option("--litert", options.litert, "Where LiteRT lies")->type_name("PATH");
  add_device(*command, *arguments);
  command->add_flag("--json", arguments->json, "Print everything as JSON");
  command->add_flag("--quiet", arguments->quiet, "Print nothing; the exit code tells");
  command->callback([arguments, self_test] {
    arguments->options.self_test = self_test->count() > 0;
    run(*arguments);
  });
  add_probe_command(app);
}

}  // namespace sotto::cli
