#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "commands.h"
#include "compile/toolchains/litert_aot.h"
#include "compile/toolchains/ncc_tflite.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/base/staging.h"
#include "core/bundle/bundle.h"
#include "core/bundle/bundle_writer.h"
#include "message.h"
#include "mtk_conversion.h"
#include "progress.h"
#include "table.h"

namespace sotto::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExamples = R"(Examples:
  sotto compile models/ --target mt8371 --toolchain ncc --sdk neuropilot-sdk-basic-8.0.10/
  sotto compile models/ --target mt8189 --toolchain litert
  sotto compile models/ --target mt8371 --toolchain ncc --graph decoder_step_tflite --dry-run

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
};

struct Result {
  FileRecord record;
  std::string source, log;
  std::string note;  ///< what the toolchain says of it
};

bool is_mtk(const FileRecord& file) {
  return file.role == role::encoder_mtk || file.role == role::decoder_mtk;
}

bool is_wanted(const FileRecord& file, const CompileArguments& arguments) {
  if (!file.target.empty() || !file.name.ends_with(".tflite")) return false;
  if (is_mtk(file) && arguments.toolchain != "ncc") return false;
  return arguments.graphs.empty() || std::find(arguments.graphs.begin(), arguments.graphs.end(),
                                               file.role) != arguments.graphs.end();
}

std::vector<FileRecord> wanted_files(const Bundle& bundle, const CompileArguments& arguments) {
  std::vector<FileRecord> files;
  std::string roles;
  for (const FileRecord& file : bundle.manifest().files) {
    if (is_wanted(file, arguments)) files.push_back(file);
    if (file.target.empty() && file.name.ends_with(".tflite")) roles += " " + file.role;
  }
  if (!files.empty()) return files;
  if (roles.empty()) {
    fail(ErrorKind::not_found, bundle.folder().string(),
         ": expected TFLite files to compile, found none: export with --format tflite or with "
         "--converter mtk");
  }
  fail(ErrorKind::usage, "--graph: expected one of", roles, ", found another");
}

/// Runs one toolchain on one file after another.
class Toolchain {
 public:
  virtual ~Toolchain() = default;
  [[nodiscard]] virtual std::string ending() const = 0;
  [[nodiscard]] virtual Command command(const Job& job) const = 0;
  /// Compiles; gives what there is to say of it.
  [[nodiscard]] virtual std::string compile(const Job& job) const = 0;
  [[nodiscard]] virtual std::string version() const = 0;
};

class NccToolchain : public Toolchain {
 public:
  NccToolchain(const CompileArguments& arguments, const Target& target)
      : options_{arguments.sdk, arguments.extra}, target_(target), program_(find_ncc(options_)) {}
  [[nodiscard]] std::string ending() const override { return ".dla"; }
  [[nodiscard]] Command command(const Job& job) const override {
    return ncc_command(program_, target_, job.input, job.output, options_);
  }
  [[nodiscard]] std::string compile(const Job& job) const override {
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
        tools_(find_litert_aot(options_)) {}
  [[nodiscard]] std::string ending() const override { return ".tflite"; }
  [[nodiscard]] Command command(const Job& job) const override {
    return litert_command(tools_, target_, job.input, job.output, options_);
  }
  [[nodiscard]] std::string compile(const Job& job) const override {
    const Partitioning found = compile_with_litert(job.command, job.input, job.output, job.log);
    if (!found.is_whole() && !allow_partial_) {
      fail(ErrorKind::unsupported, job.input.string(), ": expected all ", found.total,
           " operators in one partition, found ", found.selected, " in ", found.partitions,
           ": run `sotto check` on the file, or take it as it is with --allow-partial (log: ",
           job.log.string(), ")");
    }
    return concat(found.selected, " of ", found.total, " operators, ", found.partitions,
                  found.partitions == 1 ? " partition" : " partitions");
  }
  [[nodiscard]] std::string version() const override {
    return tools_.litert.version.empty() ? "LiteRT" : "LiteRT " + tools_.litert.version;
  }

 private:
  LitertAotOptions options_;
  const Target& target_;
  bool allow_partial_;
  LitertAotTools tools_;
};

std::unique_ptr<Toolchain> make_toolchain(const CompileArguments& arguments, const Target& target) {
  if (arguments.toolchain == "ncc") return std::make_unique<NccToolchain>(arguments, target);
  return std::make_unique<LitertToolchain>(arguments, target);
}

std::vector<Job> plan(const Bundle& bundle, const CompileArguments& arguments,
                      const Toolchain& toolchain, const fs::path& scratch) {
  std::vector<Job> jobs;
  for (const FileRecord& file : wanted_files(bundle, arguments)) {
    Job job;
    job.source = file;
    const std::string stem = fs::path(file.name).stem().string();
    job.name = concat(stem, "_", arguments.target, toolchain.ending());
    job.input = bundle.folder() / file.name;
    job.output = scratch / job.name;
    job.log = log_folder(bundle.folder()) /
              concat(stem, "_", arguments.target, ".", arguments.toolchain, ".log");
    job.command = toolchain.command(job);
    jobs.push_back(std::move(job));
  }
  return jobs;
}

FileRecord add_to_bundle(BundleWriter& writer, const Job& job, const CompileArguments& arguments,
                         const std::string& version) {
  const auto file = MappedFile::open(job.output);
  FileRecord record = writer.write(role::compiled(job.source.role, arguments.target), job.name,
                                   [&](ByteSink& sink) { sink.write(file->bytes()); });
  record.inputs = job.source.inputs;
  record.outputs = job.source.outputs;
  record.target = arguments.target;
  record.tool = version;
  return record;
}

/// The bundle with what was compiled added, or in the place of what was compiled before.
std::vector<Result> commit(const Bundle& bundle, const std::vector<Job>& jobs,
                           const std::vector<std::string>& notes, const CompileArguments& arguments,
                           const std::string& version) {
  BundleWriter writer(bundle.folder());
  Manifest manifest = bundle.manifest();
  std::erase_if(manifest.files, [&](const FileRecord& file) {
    return std::any_of(jobs.begin(), jobs.end(),
                       [&](const Job& job) { return job.name == file.name; });
  });
  for (const FileRecord& file : manifest.files) writer.keep(file);
  std::vector<Result> results;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    manifest.files.push_back(add_to_bundle(writer, jobs[i], arguments, version));
    results.push_back({manifest.files.back(), jobs[i].source.name, jobs[i].log.string(), notes[i]});
  }
  writer.commit(manifest);
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
  return concat(table.text(), "Compiled by ", version, "\n");
}

void run(CompileArguments& arguments) {
  const Target& target = find_target(arguments.target);
  arguments.target = target.name;
  const Bundle bundle = Bundle::open(arguments.bundle);
  check_replaceable(arguments.bundle);
  const auto toolchain = make_toolchain(arguments, target);
  const Staging scratch(resolve_target(bundle.folder()), Staging::Kind::folder);
  const std::vector<Job> jobs = plan(bundle, arguments, *toolchain, scratch.path());
  if (arguments.dry_run) {
    for (const Job& job : jobs) print(to_string(job.command) + "\n");
    return;
  }
  Progress progress(arguments.quiet ? Verbosity::quiet : Verbosity::normal);
  std::vector<std::string> notes;
  for (const Job& job : jobs) {
    progress.show("compiling " + job.source.name);
    notes.push_back(toolchain->compile(job));
  }
  const std::string version = toolchain->version();
  const auto results = commit(bundle, jobs, notes, arguments, version);
  progress.clear();
  if (arguments.json) {
    print(json_text(results, arguments, version));
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
                   "Only files of these roles, as `sotto inspect` names them")
      ->type_name("ROLE");
  command->add_option("--extra", arguments->extra, "A flag to hand on to the compiler; repeatable")
      ->type_name("FLAG");
  command->add_flag("--allow-partial", arguments->allow_partial,
                    "litert: take a graph of which only a part is compiled");
  command->add_flag("--dry-run", arguments->dry_run, "Print the commands and run none");
  command->add_flag("--json", arguments->json, "Print the result as JSON");
  command->add_flag("--quiet", arguments->quiet, "Say nothing unless something is wrong");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace sotto::cli
