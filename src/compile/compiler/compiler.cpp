#include "compile/compiler/compiler.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "compile/compiler/device_bundle.h"
#include "compile/compiler/log_folder.h"
#include "core/base/error.h"
#include "core/base/staging.h"
#include "core/bundle/bundle.h"
#include "core/bundle/bundle_writer.h"
#include "core/bundle/graph_table.h"
#include "core/tflite/single_graph.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

/// A graph to compile, and what it becomes.
struct Job : Compilation {
  FileRecord source;
  fs::path shared;   ///< the file that the input is taken out of; empty where that is a file
  std::string name;  ///< of the result
  std::string note;
};

bool is_called(const FileRecord& file, std::string_view graph) {
  const auto role = parse_graph_role(file.role);
  return file.role == graph || (role && entry_of(role->graph).name == graph);
}

/// The files that the toolchain takes.
std::vector<FileRecord> compilable_files(const Bundle& bundle, const Toolchain& toolchain) {
  std::vector<FileRecord> files;
  for (const FileRecord& file : bundle.manifest().files) {
    const auto role = parse_graph_role(file.role);
    if (role && role->soc.empty() && toolchain.takes(role->form)) files.push_back(file);
  }
  if (!files.empty()) return files;
  const bool takes_converted = toolchain.takes(Form::mtk);
  fail(ErrorKind::not_found, bundle.folder().string(), ": expected TFLite files to compile",
       takes_converted ? "" : " of Sotto's own", ", found none: export with ",
       Option{"format", "tflite"}, takes_converted ? " or with " : "",
       takes_converted ? concat(Option{"converter", "mtk"}) : "");
}

std::vector<FileRecord> wanted_files(const Bundle& bundle, const Toolchain& toolchain,
                                     const std::vector<std::string>& graphs) {
  std::vector<FileRecord> all = compilable_files(bundle, toolchain);
  if (graphs.empty()) return all;
  std::vector<FileRecord> files;
  for (const std::string& graph : graphs) {
    bool is_there = false;
    for (const FileRecord& file : all) {
      if (!is_called(file, graph)) continue;
      is_there = true;
      if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
    }
    if (is_there) continue;
    std::string roles;
    for (const FileRecord& file : all) roles += concat(roles.empty() ? "" : ", ", file.role);
    fail(ErrorKind::usage, Option{"graph"}, ": expected one of the bundle's (", roles,
         "), found \"", graph, '"');
  }
  return files;
}

/// What is compiled with what.
struct Setting {
  Bundle bundle;
  const Target& target;
  std::unique_ptr<Toolchain> toolchain;

  explicit Setting(const CompileOptions& options)
      : bundle(Bundle::open(options.bundle)), target(find_target(options.target)) {
    check_replaceable(options.output.empty() ? options.bundle : options.output);
    toolchain = make_toolchain(options.toolchain, options.tools, target);
  }
};

/// What a graph's file is called, also where it shares one.
std::string own_name(const FileRecord& file, const Manifest& manifest) {
  const auto role = parse_graph_role(file.role);
  if (file.signature_key.empty() || !role) return file.name;
  GraphNaming naming{manifest.model_name, dim(manifest, "n_mels"), manifest.frames,
                     dim(manifest, "n_text_ctx")};
  const auto& inputs = file.signature.inputs;
  if (!inputs.empty() && inputs.front().shape.size() > 1) {
    naming.prefill_tokens = inputs.front().shape[1];
  }
  return graph_file_name(role->graph, role->form, naming);
}

/// The jobs, whose results go to the folder `results`.
std::vector<Job> plan(const Setting& setting, const CompileOptions& options,
                      const fs::path& results) {
  const auto& [bundle, target, toolchain] = setting;
  std::vector<Job> jobs;
  for (const FileRecord& file : wanted_files(bundle, *toolchain, options.graphs)) {
    Job job;
    job.source = file;
    const std::string name = own_name(file, bundle.manifest());
    const std::string stem = fs::path(name).stem().string();
    job.name = concat(stem, "_", target.name, '.', toolchain->form());
    job.input = bundle.folder() / file.name;
    if (!file.signature_key.empty()) {
      job.shared = job.input;
      job.input = results / name;
    }
    job.output = results / job.name;
    job.log = log_folder(bundle.folder()) /
              concat(stem, "_", target.name, ".", options.toolchain, ".log");
    job.command = toolchain->command(job.input, job.output);
    jobs.push_back(std::move(job));
  }
  return jobs;
}

JoiningFile joining(const Job& job, const Setting& setting, const std::string& version) {
  FileRecord record;
  record.role = compiled_role(job.source.role, setting.target.name, setting.toolchain->form());
  record.name = job.name;
  record.signature = job.source.signature;
  record.target = setting.target.name;
  record.tool = version;
  return {std::move(record), job.output, job.source};
}

/// The jobs' results, which are the last files of the bundle that they have joined.
std::vector<CompiledFile> results_of(const std::vector<Job>& jobs, const Manifest& manifest) {
  std::vector<CompiledFile> results;
  const auto first = manifest.files.end() - static_cast<std::ptrdiff_t>(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    results.push_back({first[static_cast<std::ptrdiff_t>(i)], jobs[i].source.name,
                       jobs[i].log.string(), jobs[i].note});
  }
  return results;
}

}  // namespace

CompileReport compile_bundle(const CompileOptions& options) {
  const Setting setting(options);
  const Staging scratch(resolve_target(setting.bundle.folder()), Staging::Kind::folder);
  std::vector<Job> jobs = plan(setting, options, scratch.path());
  for (Job& job : jobs) {
    if (options.progress) options.progress(job.source.name);
    if (!job.shared.empty()) {
      write_single_graph(job.shared, job.input, job.source.signature_key);
    }
    job.note = setting.toolchain->compile(job);
  }
  const std::string version = setting.toolchain->version();
  std::vector<JoiningFile> files;
  files.reserve(jobs.size());
  for (const Job& job : jobs) files.push_back(joining(job, setting, version));
  // Compiling took long and went on without the lock; the bundle is read anew now.
  const Manifest manifest =
      options.output.empty()
          ? extend_bundle(options.bundle, files, options.on_wait)
          : write_device_bundle(options.bundle, options.output, files, options.on_wait);
  return {std::string(setting.target.name), version, results_of(jobs, manifest)};
}

std::vector<Command> plan_compilation(const CompileOptions& options) {
  std::vector<Command> commands;
  for (Job& job : plan(Setting(options), options, {})) commands.push_back(std::move(job.command));
  return commands;
}

}  // namespace sotto
