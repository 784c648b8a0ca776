#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commands.h"
#include "core/base/error.h"
#include "host/choice.h"
#include "host/deploy_tables.h"
#include "host/wire_options.h"
#include "message.h"
#include "output_names.h"
#include "progress.h"
#include "run/deployment/deployment.h"

namespace sotto::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  sotto deploy models/base en.wav:en zh.mp3:zh --ssh root@192.168.1.7 -o results/
  sotto deploy models/base talk.flac --adb --soc mt8189
  sotto deploy models/base talk.wav --ssh board --backend litert --litert libLiteRt.so
  sotto deploy models/base --ssh board --directory /opt/sotto      (sends, and runs nothing)

The program and those files of the bundle that the run reads go to the device, unless they are there
already. Its `sotto transcribe` writes the clips down there, one token after the other (no beams), with
timestamps and fallback, and the result is compared with this machine's; the exit code is 1 when their
tokens differ.)";

struct DeployArguments {
  WireArguments wire;
  DeployOptions options;
  std::vector<std::string> clips;
  std::optional<std::string> output;
  std::int64_t most_seconds = 3600;
  bool json = false, quiet = false;
};

void check_result_names(const DeployArguments& arguments, const std::vector<Clip>& clips) {
  if (!arguments.output) return;
  for (const Clip& clip : clips) {
    OutputNames(*arguments.output).check(clip.audio, clip.name() + ".json");
    if (clip.name() == "deploy") {
      fail(ErrorKind::usage, clip.audio.string(),
           ": results are named after the clip, and deploy.json is the report");
    }
  }
}

void run(DeployArguments& arguments) {
  DeployOptions& options = arguments.options;
  const auto clips = parse_clips(arguments.clips);
  check_result_names(arguments, clips);
  options.setup.program = device_program(arguments.wire);
  options.setup.directory = arguments.wire.directory;
  options.most = std::chrono::seconds(arguments.most_seconds);
  Progress progress(arguments.quiet ? Verbosity::quiet : Verbosity::normal);
  options.setup.progress = [&](const std::string& what) { progress.show(what); };
  progress.show("connecting");
  const DeployReport report = deploy(connect(arguments.wire), options, clips);
  progress.clear();
  if (arguments.output) write_deployment(report, *arguments.output);
  if (arguments.json) {
    print_json(deploy_json(report));
  } else if (!arguments.quiet) {
    print((report.clips.empty() ? "" : deploy_table(report)) + deploy_summary(report));
  }
  if (!report.passed()) throw CLI::RuntimeError(1);
}

void add_inputs(CLI::App& command, DeployArguments& arguments) {
  command.add_option("bundle", arguments.options.bundle, "The folder that `sotto export` wrote")
      ->required()
      ->type_name("BUNDLE");
  command
      .add_option("clips", arguments.clips,
                  "Recordings, each with :LANGUAGE or detected; they go over as WAV files")
      ->type_name("CLIP[:LANGUAGE]");
}

void add_run(CLI::App& command, DeployArguments& arguments) {
  DeviceSetup& setup = arguments.options.setup;
  command.add_option("--backend", setup.run.backend, "What computes there")
      ->check(CLI::IsMember({"neuron", "litert"}).description(""))
      ->type_name("neuron|litert")
      ->capture_default_str();
  command
      .add_option("--decoder", setup.run.decoder,
                  "full: every token runs the whole sequence; kv: over a cache; auto: kv where the "
                  "bundle has it")
      ->transform(choice(std::map<std::string, DecoderKind>{
          {"auto", DecoderKind::automatic}, {"full", DecoderKind::full}, {"kv", DecoderKind::kv}}))
      ->type_name("auto|full|kv")
      ->default_str("auto");
  command
      .add_option("--soc", setup.run.soc,
                  "The device's NPU, where the bundle is compiled for several")
      ->type_name("NAME");
  command
      .add_option("--neuron", setup.neuron,
                  "NeuronAdapter: a file here is sent, any other name is the device's own")
      ->type_name("PATH");
  command.add_option("--litert", setup.litert, "LiteRT's library: the same")->type_name("PATH");
  command
      .add_option("--timeout", arguments.most_seconds,
                  "Seconds that the device may take for the clips of a language")
      ->check(CLI::Range(1, 1000000))
      ->type_name("N")
      ->capture_default_str();
}

void add_comparison(CLI::App& command, DeployArguments& arguments) {
  DeployOptions& options = arguments.options;
  command.add_option("--against", options.against, "The back end here to compare with")
      ->type_name("NAME")
      ->capture_default_str();
  command
      .add_option("--checkpoint", options.checkpoint,
                  "What that computes; the bundle's own files when absent")
      ->type_name("PATH");
  command
      .add_option("-o,--output", arguments.output,
                  "Write deploy.json and the device's <clip>.json here")
      ->type_name("FOLDER");
  command.add_flag("--json", arguments.json, "Print the report as JSON");
  command.add_flag("--quiet", arguments.quiet, "Print nothing but errors (and --json)");
}

}  // namespace

void add_deploy_command(CLI::App& app) {
  auto arguments = std::make_shared<DeployArguments>();
  CLI::App* command =
      app.add_subcommand("deploy", "Send a bundle to a device, run it there, and compare");
  command->footer(kExamples);
  add_inputs(*command, *arguments);
  add_wire_options(*command, arguments->wire);
  add_run(*command, *arguments);
  add_comparison(*command, *arguments);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace sotto::cli
