#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commands.h"
#include "core/base/error.h"
#include "host/choice.h"
#include "host/device_output_table.h"
#include "host/precision_choice.h"
#include "host/verify_on_device.h"
#include "host/verify_tables.h"
#include "host/wire_options.h"
#include "message.h"
#include "option_values.h"
#include "output_names.h"
#include "progress.h"
#include "run/backends/registry.h"
#include "run/verifier/device_output.h"
#include "run/verifier/device_output_json.h"
#include "run/verifier/report_json.h"
#include "run/verifier/verifier.h"

namespace sotto::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  sotto verify models/ --checkpoint base.pt en.wav:en zh.wav:zh
  sotto verify models/ speech.flac
  sotto verify models/ --backend torchscript,litert --checkpoint base.pt en.wav:en
  sotto verify models/ --checkpoint base.pt --decoding full meeting.wav:en
  sotto verify models/ --checkpoint lora/ --base base.pt en.wav:en
  sotto verify models/ --backend neuron --ssh board --checkpoint base.pt en.wav:en
  sotto verify models/ --device-output encoder=encoder.bin --checkpoint base.pt en.wav:en
  sotto verify models/ --checkpoint base.pt --baseline whisper/ --output outputs/ --dump numbers/ a.wav:en

Every file of the bundle is compared with its hash first. Then every clip runs through the artifacts
and through the unsplit model; the exit code is 1 when their tokens differ. Without --checkpoint the unsplit model takes its weights from the bundle's own files. On a device
(--ssh, --adb) every run of a graph passes over the wire, so times say little: `sotto deploy` has the
device's own.)";

struct VerifyArguments {
  std::string bundle;
  std::vector<std::string> clips;
  std::optional<std::string> checkpoint, baselines, output, dump;
  std::string base;
  std::vector<std::string> backends;
  BackendOptions backend_options;
  Precision precision = Precision::f32;
  DecoderKind decoder = DecoderKind::automatic;
  Trust trust = Trust::own_files;
  DecodingLoop decoding = DecodingLoop::plain;
  bool layers = false;
  WireArguments wire;
  std::vector<std::string> device_outputs;
  bool json = false;
  bool quiet = false;
};

/// libtorch is the TorchScript artifacts' own runtime; a build without it runs the same weights.
std::string default_backend() {
  const auto names = backend_names();
  const bool torch = std::find(names.begin(), names.end(), "torchscript") != names.end();
  return torch ? "torchscript" : "cpu";
}

VerifyOptions to_options(const VerifyArguments& arguments, Progress& progress) {
  VerifyOptions options;
  options.bundle = arguments.bundle;
  options.backends = arguments.backends;
  options.backend_options = arguments.backend_options;
  options.precision = arguments.precision;
  options.decoder = arguments.decoder;
  options.trust = arguments.trust;
  options.decoding = arguments.decoding;
  options.checkpoint = arguments.checkpoint;
  options.base = arguments.base;
  options.given_baselines = arguments.baselines;
  options.dump = arguments.dump;
  options.layers = arguments.layers;
  options.progress = [&progress](const std::string& what) { progress.show(what); };
  return options;
}

std::string tables(const VerifyReport& report) {
  return accuracy_table(report) + "\n" + time_table(report) + "\n" + numbers_table(report) + "\n" +
         layers_table(report) + token_tables(report) + "\n" + verdict(report);
}

std::string side_by_side(const std::vector<VerifyReport>& reports) {
  std::string text = side_by_side_table(reports) + "\n";
  for (const VerifyReport& report : reports) text += accuracy_table(report) + "\n";
  text += layers_table(reports.front());  // of the files, whatever runs beside
  for (const VerifyReport& report : reports) text += verdict(report);
  return text;
}

std::string json_of(const std::vector<VerifyReport>& reports) {
  if (reports.size() == 1) return report_json(reports.front());
  std::string text = "[\n";
  for (std::size_t i = 0; i < reports.size(); ++i) {
    text += (i == 0 ? "" : ",\n") + report_json(reports[i]);
  }
  return text + "]\n";
}

/// The shortest that results are called; what else may be in a name is known only in the end.
void check_result_names(const VerifyArguments& arguments, const std::vector<Clip>& clips) {
  for (const Clip& clip : clips) {
    if (arguments.output) {
      OutputNames(*arguments.output).check(clip.audio, concat("pt_", clip.name(), ".json"));
    }
    if (arguments.dump)
      OutputNames(*arguments.dump).check(clip.audio, clip.name() + "_baseline_mel.npy");
  }
}

/// What was computed elsewhere is compared by itself.
void run_device_outputs(const VerifyArguments& arguments, const std::vector<Clip>& clips) {
  std::vector<GivenOutput> given;
  for (const std::string& one : arguments.device_outputs) given.push_back(parse_given_output(one));
  if (clips.size() != 1) {
    fail(ErrorKind::usage, Option{"device-output"},
         ": expected one clip, whose output it is, found ", clips.size());
  }
  Progress progress(arguments.quiet ? Verbosity::quiet : Verbosity::normal);
  const auto comparisons =
      compare_given_outputs(to_options(arguments, progress), clips.front(), given);
  progress.clear();
  if (arguments.json) {
    print_json(device_output_json(clips.front(), comparisons));
  } else {
    print(device_output_table(clips.front(), comparisons));
  }
  const bool passed = std::all_of(comparisons.begin(), comparisons.end(),
                                  [](const OutputComparison& one) { return one.passed(); });
  if (!passed) throw CLI::RuntimeError(1);
}

void run(const VerifyArguments& arguments) {
  const auto clips = parse_clips(arguments.clips);
  if (!arguments.device_outputs.empty()) return run_device_outputs(arguments, clips);
  Progress progress(arguments.quiet ? Verbosity::quiet : Verbosity::normal);
  check_result_names(arguments, clips);
  VerifyOptions options = to_options(arguments, progress);
  if (arguments.wire.is_given()) verify_on_device(arguments.wire, options);
  const std::vector<VerifyReport> reports = verify(options, clips);
  progress.clear();
  if (!arguments.quiet) print_notes(reports.front().notes);
  if (arguments.output) {
    for (const VerifyReport& report : reports) write_results(report, *arguments.output);
  }
  const bool several = reports.size() > 1;
  if (arguments.json) {
    print_json(json_of(reports));
  } else {
    print(several ? side_by_side(reports) : tables(reports.front()));
  }
  const bool passed = std::all_of(reports.begin(), reports.end(),
                                  [](const VerifyReport& report) { return report.passed(); });
  if (!passed) throw CLI::RuntimeError(1);
}

void add_inputs(CLI::App& command, VerifyArguments& arguments) {
  command.add_option("bundle", arguments.bundle, "The folder that `sotto export` wrote")
      ->required()
      ->type_name("BUNDLE");
  command
      .add_option("clips", arguments.clips,
                  "Recordings, each with :LANGUAGE or detected; of 30 s at most in the plain loop")
      ->required()
      ->type_name("CLIP[:LANGUAGE]");
  command.add_option("--checkpoint", arguments.checkpoint, "What the bundle was exported from")
      ->type_name("PATH");
  command.add_option("--base", arguments.base, "Where that is an adapter, what it was merged into")
      ->needs("--checkpoint")
      ->type_name("PATH");
  command
      .add_option("--baseline", arguments.baselines,
                  "Folder of openai/whisper's results, baseline_<clip>.json, to compare with too")
      ->type_name("FOLDER");
}

void add_machinery(CLI::App& command, VerifyArguments& arguments) {
  command
      .add_option("--backend", arguments.backends,
                  "What runs the artifacts; several, with commas between, side by side")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,...")
      ->capture_default_str();
  command
      .add_option("--decoder", arguments.decoder,
                  "full: every token runs the whole sequence; kv: the step and prefill graphs over "
                  "a cache; auto: kv where the bundle has it")
      ->transform(choice(std::map<std::string, DecoderKind>{
          {"auto", DecoderKind::automatic}, {"full", DecoderKind::full}, {"kv", DecoderKind::kv}}))
      ->type_name("auto|full|kv")
      ->default_str("auto");
  command.add_flag_callback(
      "--trust", [&arguments] { arguments.trust = Trust::any_files; }, kTrustHelp);
  command
      .add_option("--threads", arguments.backend_options.threads,
                  "Threads on the CPU; 0 for one a core")
      ->check(CLI::Range(0, 1024))
      ->type_name("N");
  add_precision(command, arguments.precision,
                "In what the cpu back end computes the artifacts; the baseline is float32");
  command
      .add_option("--litert", arguments.backend_options.litert,
                  "LiteRT's folder or libLiteRt.so, where it is not found by itself")
      ->type_name("PATH");
  command
      .add_option(
          "--neuron", arguments.backend_options.neuron,
          "MediaTek's libneuron_adapter.so or the like, where it is not found by itself; on a "
          "device its own, or a file here to send")
      ->type_name("PATH");
  command
      .add_option("--soc", arguments.backend_options.soc,
                  "For --backend neuron: the NPU, where the bundle is compiled for several")
      ->type_name("NAME");
  command
      .add_option("--python", arguments.backend_options.python,
                  "For --backend mtk_converter: the Python with MediaTek's mtk_converter")
      ->type_name("PATH");
  command
      .add_option("--sdk", arguments.backend_options.sdk,
                  "Root of the NeuroPilot SDK ($MTK_NEURON_SDK)")
      ->type_name("FOLDER");
}

void add_loop_and_outputs(CLI::App& command, VerifyArguments& arguments) {
  command
      .add_option("--decoding", arguments.decoding,
                  "plain: greedy without timestamps, as the artifacts' own pipeline; full: all of "
                  "Whisper's decoding, as `sotto transcribe`")
      ->transform(choice(std::map<std::string, DecodingLoop>{{"plain", DecodingLoop::plain},
                                                             {"full", DecodingLoop::full}}))
      ->type_name("plain|full")
      ->default_str("plain");
  command
      .add_option(
          "-o,--output", arguments.output,
          "Write pt_<clip>.json and pt_summary.json here (tflite_… for TFLite files, …kv_… and "
          "…full_… for that decoder and loop)")
      ->type_name("FOLDER");
  command.add_option("--dump", arguments.dump, "Write the numbers of both sides here, as .npy")
      ->type_name("FOLDER");
  command.add_flag("--layers", arguments.layers,
                   "Compare layers too: the result of every one of the TFLite files, in LiteRT; of "
                   "compiled files and on a device the keys and values of each");
  command
      .add_option("--device-output", arguments.device_outputs,
                  "Compare nothing but this, which was computed elsewhere for the clip: .npy, or "
                  "bare float32 or float16; crosskv.cross_values=FILE for another output than the "
                  "first; repeatable")
      ->allow_extra_args(false)
      ->type_name("encoder=FILE");
  command.add_flag("--json", arguments.json, "Print the report as JSON");
  command.add_flag("--quiet", arguments.quiet, "No progress on the terminal");
}

}  // namespace

void add_verify_command(CLI::App& app) {
  auto arguments = std::make_shared<VerifyArguments>();
  arguments->backends = {default_backend()};
  CLI::App* command =
      app.add_subcommand("verify", "Compare a bundle with its checkpoint on recordings");
  command->footer(kExamples);
  add_inputs(*command, *arguments);
  add_machinery(*command, *arguments);
  add_loop_and_outputs(*command, *arguments);
  add_wire_options(*command, arguments->wire);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace sotto::cli
