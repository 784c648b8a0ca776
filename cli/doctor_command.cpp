#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "commands.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "doctor_text.h"
#include "message.h"
#include "progress.h"
#include "run/doctor/doctor.h"
#include "run/doctor/report_json.h"
#include "run/self_test/self_test_json.h"
#include "shown.h"

namespace sotto::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  sotto doctor                                   what is this device, and can its NPU be reached
  sotto doctor models/                           and which of a bundle's files fit it
  sotto doctor models/ --self-test ops.json      and does it compute each operation right
  sotto doctor models/ --json | jq '.findings[] | select(.state == "problem")'
  sotto doctor models/ --neuron libsotto_simulated_neuron.so     on the simulator

The exit code is 1 when there is a problem. docs/doctor.md has what is recognized.)";

// How the program calls itself for what it asks the vendor's libraries.
constexpr const char* kProbeCommand = "doctor-probe";

struct DoctorArguments {
  DoctorOptions options;
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

void run(DoctorArguments& arguments) {
  DoctorOptions& options = arguments.options;
  options.program_version = SOTTO_VERSION;
  Progress progress(arguments.quiet ? Verbosity::quiet : Verbosity::normal);
  options.progress = [&](const std::string& what) { progress.show(what); };
  const auto probes =
      probes_in_children(std::filesystem::read_symlink("/proc/self/exe"), {kProbeCommand, "--"});
  const Report report = examine(options, *probes);
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
  command->add_flag("--json", arguments->json, "Print everything as JSON");
  command->add_flag("--quiet", arguments->quiet, "Print nothing; the exit code tells");
  command->callback([arguments, self_test] {
    arguments->options.self_test = self_test->count() > 0;
    run(*arguments);
  });
  add_probe_command(app);
}

}  // namespace sotto::cli
