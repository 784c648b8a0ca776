#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "commands.h"
#include "compile/toolchains/litert_aot.h"
#include "compile/toolchains/ncc_tflite.h"
#include "core/base/error.h"
#include "core/base/staging.h"
#include "core/bundle/bundle.h"
#include "core/bundle/bundle_writer.h"
#include "message.h"
#include "mtk_conversion.h"
#include "progress.h"
#include "shown.h"
#include "table.h"
#include "waiting_note.h"

namespace sotto::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExamples = R"(Examples:
  sotto compile models/ --target mt8371 --toolchain ncc --sdk neuropilot-sdk-basic-8.0.10/
  sotto compile models/ --target mt8189 --toolchain litert
  sotto compile models/ --target mt8371 --toolchain ncc --graph step --extra=--opt-bw
  sotto compile models/ --target mt8371 --toolchain ncc --dry-run

Every TFLite file of the bundle is compiled (what MediaTek's converter made goes to ncc alone), and what
comes out is added to the bundle, in one step and only when all went well. The tools' output is kept
beside the bundle, in BUNDLE.logs.)";

struct CompileArguments {
  fs::path bundle, sdk, litert;
  std::string target, toolchain;
  std::vector<std::string> graphs, extra;
  bool allow_partial = false, dry_run = false, json = false, quiet = false;
};

/// A file to compile, and what it becomes.
struct Job {
  FileRecord source;
  std::string name;  ///< of the result
  fs::path input, output, log;
  Command command;
  std::string note;  ///< what the toolchain says of the result
};

struct Result {
  FileRecord record;
  std::string source, log;
  std::string note;
};

bool is_mtk(const FileRecord& file) {
  return file.role == role::encoder_mtk || file.role == role::decoder_mtk;
}

/// What --graph calls a file's graph: a word that stands in its role.
struct GraphName {
  std::string_view name, role;
};
constexpr auto kGraphNames = std::to_array<GraphName>({
    {"encoder", role::encoder_tflite},
    {"encoder", role::encoder_mtk},
    {"decoder", role::decoder_tflite},
    {"decoder", role::decoder_mtk},
    {"alignment", role::decoder_alignment_tflite},
    {"crosskv", role::encoder_crosskv_tflite},
    {"step", role::decoder_step_tflite},
    {"prefill", role::decoder_prefill_tflite},
});

bool is_called(const FileRecord& file, std::string_view graph) {
  return file.role == graph ||
         std::any_of(kGraphNames.begin(), kGraphNames.end(), [&](const GraphName& entry) {
           return entry.role == file.role && entry.name == graph;
         });
}

/// The files that the toolchain takes.
std::vector<FileRecord> compilable_files(const Bundle& bundle, const std::string& toolchain) {
  std::vector<FileRecord> files;
  for (const FileRecord& file : bundle.manifest().files) {
    const bool is_source = file.target.empty() && file.name.ends_with(".tflite");
    if (is_source && (toolchain == "ncc" || !is_mtk(file))) files.push_back(file);
  }
  if (!files.empty()) return files;
  fail(ErrorKind::not_found, bundle.folder().string(), ": expected TFLite files to compile",
       toolchain == "ncc" ? "" : " of Sotto's own", ", found none: export with --format tflite",
       toolchain == "ncc" ? " or with --converter mtk" : "");
}

std::vector<FileRecord> wanted_files(const Bundle& bundle, const CompileArguments& arguments) {
  std::vector<FileRecord> all = compilable_files(bundle, arguments.toolchain);
  if (arguments.graphs.empty()) return all;
  std::vector<FileRecord> files;
  for (const std::string& graph : arguments.graphs) {
    bool is_there = false;
    for (const FileRecord& file : all) {
      if (!is_called(file, graph)) continue;
      is_there = true;
      if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
    }
    if (is_there) continue;
    std::string roles;
    for (const FileRecord& file : all) roles += concat(roles.empty() ? "" : ", ", file.role);
    fail(ErrorKind::usage, "--graph: expected one of the bundle's (", roles, "), found \"", graph,
         '"');
  }
  return files;
}

/// Runs one toolchain on one file after another.
class Toolchain {
 public:
  virtual ~Toolchain() = default;
  /// "dla" or "tflite": of its results, the ending of their names and the form in their roles.
  [[nodiscard]] virtual std::string form() const = 0;
  [[nodiscard]] virtual Command command(const Job& job) const = 0;
  /// Compiles; gives what there is to say of it.
  [[nodiscard]] virtual std::string compile(const Job& job) = 0;
  /// What it calls itself, when it has compiled something.
  [[nodiscard]] virtual std::string version() const = 0;
};

class NccToolchain : public Toolchain {
 public:
  NccToolchain(const CompileArguments& arguments, const Target& target)
      : options_{arguments.sdk, arguments.extra}, target_(target), program_(find_ncc(options_)) {}
  [[nodiscard]] std::string form() const override { return "dla"; }
  [[nodiscard]] Command command(const Job& job) const override {
    return ncc_command(program_, target_, job.input, job.output, options_);
  }
  [[nodiscard]] std::string compile(const Job& job) override {
    compile_with_ncc(job.command, job.input, job.output, job.log);
    return "";
  }
  [[nodiscard]] std::string version() const override {
    const std::string version = ncc_version(program_);
    return version.empty() ? "ncc-tflite" : "ncc-tflite " + version;
  }

 private:
  NccOptions options_;
  const Target& target_;
  fs::path program_;
};

class LitertToolchain : public Toolchain {
 public:
  LitertToolchain(const CompileArguments& arguments, const Target& target)
      : options_{arguments.litert, arguments.sdk, arguments.extra},
        target_(target),
        allow_partial_(arguments.allow_partial),
        tools_(find_litert_aot(options_, target)) {}
  [[nodiscard]] std::string form() const override { return "tflite"; }
  [[nodiscard]] Command command(const Job& job) const override {
    return litert_command(tools_, target_, job.input, job.output, options_);
  }
  [[nodiscard]] std::string compile(const Job& job) override {
    const Partitioning found = compile_with_litert(job.command, job.input, job.output, job.log);
    if (!found.is_whole() && !allow_partial_) {
      fail(ErrorKind::unsupported, job.input.string(), ": expected all ", found.total,
           " operators in one partition, found ", found.selected, " in ", found.partitions,
           ": run `sotto check` on the file, or take it as it is with --allow-partial (log: ",
           job.log.string(), ")");
    }
    neuron_version_ = found.neuron_version;
    return concat(found.selected, " of ", found.total, " operators, ", found.partitions,
                  found.partitions == 1 ? " partition" : " partitions");
  }
  [[nodiscard]] std::string version() const override {
    const auto named = [](const std::string& name, const std::string& version) {
      return version.empty() ? name : concat(name, ' ', version);
    };
    return concat(named("LiteRT", tools_.litert.version), ", ", named("Neuron", neuron_version_));
  }

 private:
  LitertAotOptions options_;
  const Target& target_;
  bool allow_partial_;
  LitertAotTools tools_;
  std::string neuron_version_;
};

std::unique_ptr<Toolchain> make_toolchain(const CompileArguments& arguments, const Target& target) {
  if (arguments.toolchain == "ncc") return std::make_unique<NccToolchain>(arguments, target);
  return std::make_unique<LitertToolchain>(arguments, target);
}

/// The jobs, whose results go to the folder `results`.
std::vector<Job> plan(const Bundle& bundle, const CompileArguments& arguments,
                      const Toolchain& toolchain, const fs::path& results) {
  std::vector<Job> jobs;
  for (const FileRecord& file : wanted_files(bundle, arguments)) {
    Job job;
    job.source = file;
    const std::string stem = fs::path(file.name).stem().string();
    job.name = concat(stem, "_", arguments.target, '.', toolchain.form());
    job.input = bundle.folder() / file.name;
    job.output = results / job.name;
    job.log = log_folder(bundle.folder()) /
              concat(stem, "_", arguments.target, ".", arguments.toolchain, ".log");
    job.command = toolchain.command(job);
    jobs.push_back(std::move(job));
  }
  return jobs;
}

JoiningFile joining(const Job& job, const CompileArguments& arguments, const std::string& version) {
  FileRecord record;
  const std::string form = job.output.extension().string().substr(1);
  record.role = role::compiled(job.source.role, arguments.target, form);
  record.name = job.name;
  record.inputs = job.source.inputs;
  record.outputs = job.source.outputs;
  record.target = arguments.target;
  record.tool = version;
  return {std::move(record), job.output, job.source};
}

/// The jobs' results, which are the last files of the bundle that they have joined.
std::vector<Result> results_of(const std::vector<Job>& jobs, const Manifest& manifest) {
  std::vector<Result> results;
  const auto first = manifest.files.end() - static_cast<std::ptrdiff_t>(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    results.push_back({first[static_cast<std::ptrdiff_t>(i)], jobs[i].source.name,
                       jobs[i].log.string(), jobs[i].note});
  }
  return results;
}

std::string json_text(const std::vector<Result>& results, const CompileArguments& arguments,
                      const std::string& version) {
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const Result& result : results) {
    files.push_back({{"source", result.source},
                     {"file", result.record.name},
                     {"bytes", result.record.bytes},
                     {"note", result.note},
                     {"log", result.log}});
  }
  const nlohmann::ordered_json document{
      {"target", arguments.target}, {"tool", version}, {"files", std::move(files)}};
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string table_text(const std::vector<Result>& results, const std::string& version) {
  Table table({"File", ">Size", "From", "Result"});
  for (const Result& result : results) {
    table.add({result.record.name, byte_size(static_cast<double>(result.record.bytes)),
               result.source, result.note.empty() ? "compiled" : result.note});
  }
  return concat(table.text(), "Compiled by ", shown_on_a_line(version), "\n");
}

void run(CompileArguments& arguments) {
  const Target& target = find_target(arguments.target);
  arguments.target = target.name;
  const Bundle bundle = Bundle::open(arguments.bundle);
  check_replaceable(arguments.bundle);
  const auto toolchain = make_toolchain(arguments, target);
  if (arguments.dry_run) {
    for (const Job& job : plan(bundle, arguments, *toolchain, {})) {
      print(shown_on_a_line(to_string(job.command)) + "\n");
    }
    return;
  }
  const Staging scratch(resolve_target(bundle.folder()), Staging::Kind::folder);
  std::vector<Job> jobs = plan(bundle, arguments, *toolchain, scratch.path());
  Progress progress(arguments.quiet ? Verbosity::quiet : Verbosity::normal);
  for (Job& job : jobs) {
    progress.show("compiling " + job.source.name);
    job.note = toolchain->compile(job);
  }
  const std::string version = toolchain->version();
  std::vector<JoiningFile> files;
  for (const Job& job : jobs) files.push_back(joining(job, arguments, version));
  // Compiling took long and went on without the lock; the bundle is read anew now.
  const Manifest manifest =
      extend_bundle(arguments.bundle, files, waiting_note(arguments.bundle, progress));
  progress.clear();
  const auto results = results_of(jobs, manifest);
  if (arguments.json) {
    print_json(json_text(results, arguments, version));
  } else if (!arguments.quiet) {
    print(table_text(results, version));
  }
}

}  // namespace

void add_compile_command(CLI::App& app) {
  auto arguments = std::make_shared<CompileArguments>();
  CLI::App* command = app.add_subcommand("compile", "Compile a bundle's TFLite files for an NPU");
  command->footer(kExamples);
  command->add_option("bundle", arguments->bundle, "The folder that `sotto export` wrote")
      ->required()
      ->type_name("BUNDLE");
  command
      ->add_option("--target", arguments->target, "The SoC, as `sotto check --list-targets` has it")
      ->required()
      ->type_name("SOC");
  command
      ->add_option("--toolchain", arguments->toolchain,
                   "ncc: MediaTek's own compiler → .dla; litert: LiteRT's with MediaTek's plugin → "
                   ".tflite")
      ->required()
      ->check(CLI::IsMember({"ncc", "litert"}))
      ->type_name("NAME");
  command
      ->add_option("--sdk", arguments->sdk,
                   "Root of the NeuroPilot SDK or host libraries ($MTK_NEURON_SDK)")
      ->type_name("FOLDER");
  command->add_option("--litert", arguments->litert, "LiteRT's folder ($SOTTO_LITERT)")
      ->type_name("FOLDER");
  command
      ->add_option("--graph", arguments->graphs,
                   "Only this graph: encoder, decoder, alignment, crosskv, step or prefill, or a "
                   "role as the manifest has it; repeatable")
      ->allow_extra_args(false)
      ->type_name("NAME");
  command
      ->add_option("--extra", arguments->extra,
                   "A flag to hand on to the compiler, as --extra=--opt-bw; repeatable")
      ->allow_extra_args(false)
      ->type_name("FLAG");
  command->add_flag("--allow-partial", arguments->allow_partial,
                    "litert: take a graph of which only a part is compiled");
  command->add_flag("--dry-run", arguments->dry_run,
                    "Print the commands, with results in the current folder, and run none");
  command->add_flag("--json", arguments->json, "Print the result as JSON");
  command->add_flag("--quiet", arguments->quiet, "Say nothing unless something is wrong");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace sotto::cli
