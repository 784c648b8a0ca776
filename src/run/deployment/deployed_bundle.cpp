#include "run/deployment/deployed_bundle.h"

#include <utility>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/scratch_file.h"
#include "core/bundle/distinct_files.h"
#include "core/bundle/sha256.h"
#include "run/wire/elf_header.h"
#include "run/wire/remote_program.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

void write_text_file(const fs::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write_text(text);
  file.commit();
}

}  // namespace

DeployedBundle::DeployedBundle(std::shared_ptr<Wire> wire, const Bundle& bundle,
                               const DeviceSetup& setup)
    : DeployedBundle(std::move(wire), bundle.folder(), select_for_device(bundle, setup.run),
                     setup) {}

DeployedBundle::DeployedBundle(std::shared_ptr<Wire> wire, const fs::path& folder,
                               const Manifest& manifest, DeviceSetup setup)
    : wire_(std::move(wire)),
      setup_(std::move(setup)),
      folder_((check_program(*wire_, setup_.program), *wire_), setup_.directory) {
  std::vector<RemoteFile> files{remote_program(setup_.program)};
  neuron_ = library(setup_.neuron, "", files);
  litert_ = library(setup_.litert, "libLiteRt.so", files);
  brings_libraries_ = files.size() > 1;
  const ScratchFile manifest_file;
  if (!manifest.files.empty()) {
    add_bundle(folder, manifest, files);
    write_text_file(manifest_file.path(), manifest_text(manifest));  // last, as in any bundle
    files.push_back(
        {manifest_file.path(), concat("bundles/", manifest.model_name, '/', kManifestName)});
  }
  sent_ = folder_.push(std::move(files), setup_.progress);
}

void DeployedBundle::add_bundle(const fs::path& folder, const Manifest& manifest,
                                std::vector<RemoteFile>& files) {
  const std::string name = "bundles/" + manifest.model_name;
  bundle_ = folder_.at(name);
  for (const FileRecord& file : distinct_files(manifest)) {
    const fs::path path = folder / file.name;
    compare_sha256(path, file.sha256, sha256_of_file(path));
    files.push_back({path, concat(name, '/', file.name), file.sha256});
  }
}

std::string DeployedBundle::library(const fs::path& name, const char* file_of_folder,
                                    std::vector<RemoteFile>& files) const {
  std::error_code ignored;
  const fs::path file = fs::is_directory(name, ignored) ? name / file_of_folder : name;
  if (!fs::is_regular_file(file, ignored)) return name.string();
  const std::string machine = read_elf(file).machine, wanted = read_elf(setup_.program).machine;
  if (machine != wanted) {
    fail(ErrorKind::mismatch, file.string(), ": is a library for ", machine, ", and ",
         wire_->name(), " runs programs for ", wanted);
  }
  const std::string path = "lib/" + file.filename().string();
  files.push_back({.local = file, .path = path});
  return folder_.at(path);
}

std::vector<std::string> DeployedBundle::program_words(const std::string& command) const {
  std::vector<std::string> words{folder_.at("bin/sotto"), command};
  // For what the libraries load themselves.
  if (brings_libraries_) {
    words.insert(words.begin(), {"env", "LD_LIBRARY_PATH=" + folder_.at("lib")});
  }
  return words;
}

std::vector<std::string> DeployedBundle::backend_words() const {
  std::vector<std::string> words = library_words();
  words.insert(words.end(), {"--backend", setup_.run.backend});
  if (!setup_.run.soc.empty()) words.insert(words.end(), {"--soc", setup_.run.soc});
  return words;
}

std::vector<std::string> DeployedBundle::library_words() const {
  std::vector<std::string> words;
  if (!neuron_.empty()) words.insert(words.end(), {"--neuron", neuron_});
  if (!litert_.empty()) words.insert(words.end(), {"--litert", litert_});
  return words;
}

RemoteGraphs DeployedBundle::graphs() const {
  std::vector<std::string> words = program_words("serve-graphs");
  words.push_back(bundle_);
  const auto chosen = backend_words();
  words.insert(words.end(), chosen.begin(), chosen.end());
  return {wire_, std::move(words), setup_.run.backend};
}

}  // namespace sotto
