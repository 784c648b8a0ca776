#include <memory>
#include <optional>
#include <string>

#include "commands.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "host/bench_tables.h"
#include "host/choice.h"
#include "host/precision_choice.h"
#include "loaded_model.h"
#include "message.h"
#include "progress.h"
#include "run/backends/registry.h"
#include "run/bench/bench.h"

namespace sotto::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  sotto bench -m base.pt
  sotto bench -m base.pt --threads 1 --audio speech.mp3
  sotto bench -m models/ --backend torchscript --json
  sotto bench -m base.pt --profile trace.json      for chrome://tracing or Perfetto

Times are of the wall clock: medians, with the least and the most of all runs. What else the machine
does is in them; what is compared with each other is measured by turns.)";

struct BenchArguments {
  std::string model;
  std::string backend{backend_names().front()};
  DecoderKind decoder = DecoderKind::automatic;
  BackendOptions backend_options;
  std::optional<std::string> audio, profile;
  double seconds = BenchOptions{}.seconds;
  bool json = false;
  bool quiet = false;
};

void write_text(const std::string& path, const std::string& text) {
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

void run(const BenchArguments& arguments) {
  Progress progress(arguments.quiet ? Verbosity::quiet : Verbosity::normal);
  BenchOptions options;
  options.backend_options = arguments.backend_options;
  options.seconds = arguments.seconds;
  if (arguments.audio) options.audio = *arguments.audio;
  options.progress = [&progress](const std::string& what) { progress.show(what); };
  ModelOptions model_options{arguments.backend, arguments.backend_options, arguments.decoder};
  if (arguments.profile) {
    options.log = std::make_shared<StepLog>();
    model_options.backend_options.observer = options.log;
  }
  progress.show("loading the model");
  Model model = loaded_model(arguments.model, std::nullopt, model_options);
  const BenchReport report = bench(model, options);
  progress.clear();
  if (arguments.profile) write_text(*arguments.profile, chrome_trace(options.log->events()));
  if (arguments.json) {
    print_json(bench_json(report));
  } else {
    print(bench_table(report));
    if (arguments.profile) print(concat("\n", profile_tables(report)));
  }
}

void add_model(CLI::App& command, BenchArguments& arguments) {
  command.add_option("-m,--model", arguments.model, "A bundle, or a checkpoint of any format")
      ->required()
      ->type_name("PATH");
  command.add_option("--backend", arguments.backend, "What computes")
      ->type_name("NAME")
      ->capture_default_str();
  command
      .add_option("--decoder", arguments.decoder,
                  "full: every token runs the whole sequence; kv: the step and prefill graphs; "
                  "auto: a cache where there is one")
      ->transform(choice(std::map<std::string, DecoderKind>{
          {"auto", DecoderKind::automatic}, {"full", DecoderKind::full}, {"kv", DecoderKind::kv}}))
      ->type_name("auto|full|kv")
      ->default_str("auto");
  add_precision(command, arguments.backend_options.precision, "In what the cpu back end computes");
  command
      .add_option("--threads", arguments.backend_options.threads,
                  "Threads on the CPU; 0 for one a core")
      ->check(CLI::Range(0, 1024))
      ->type_name("N");
  command
      .add_option("--litert", arguments.backend_options.litert,
                  "LiteRT's folder or libLiteRt.so, where it is not found by itself")
      ->type_name("PATH");
}

}  // namespace

void add_bench_command(CLI::App& app) {
  auto arguments = std::make_shared<BenchArguments>();
  CLI::App* command = app.add_subcommand("bench", "Measure how fast a model runs here");
  command->footer(kExamples);
  add_model(*command, *arguments);
  command
      ->add_option("--audio", arguments->audio,
                   "A recording to write down too: greedily, at temperature 0")
      ->type_name("FILE");
  command
      ->add_option("--seconds", arguments->seconds,
                   "How long each figure is measured; each a few times at least")
      ->check(CLI::Range(0.0, 3600.0))
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--profile", arguments->profile,
                   "Show what each step takes, and write the steps here as a trace of Chrome's")
      ->type_name("FILE.json");
  command->add_flag("--json", arguments->json, "Print everything as a JSON object");
  command->add_flag("--quiet", arguments->quiet, "No progress on the terminal");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace sotto::cli
