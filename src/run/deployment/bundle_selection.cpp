#include "run/deployment/bundle_selection.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <span>

#include "core/base/error.h"
#include "run/backends/registry.h"

namespace sotto {
namespace {

constexpr std::array kOverCache{GraphKind::crosskv, GraphKind::step, GraphKind::prefill};
constexpr std::array kWhole{GraphKind::encoder, GraphKind::decoder};
constexpr std::array kTables{role::token_embedding, role::position_embedding, role::vocabulary};

class Selection {
 public:
  Selection(const Bundle& bundle, const DeviceRun& run)
      : bundle_(bundle), run_(run), sources_(sources_of(bundle)) {
    BackendOptions options;
    options.soc = run.soc;
    backend_ = describe_backend(run.backend, options);
  }

  [[nodiscard]] Manifest manifest() const {
    check_soc();
    std::set<std::string> names;
    for (const GraphKind kind : graphs()) {
      if (is_needed(kind)) names.insert(file_of(kind));
    }
    for (const std::string_view table : kTables) {
      if (bundle_.has(table)) names.insert(bundle_.record(table).name);
    }
    Manifest manifest = bundle_.manifest();
    std::erase_if(manifest.files,
                  [&](const FileRecord& file) { return !names.contains(file.name); });
    return manifest;
  }

 private:
  [[nodiscard]] std::span<const GraphKind> graphs() const {
    // As Model chooses.
    const bool automatic = run_.decoder == DecoderKind::automatic;
    const bool has_cache =
        backend_->binds_inputs() && backend_->takes(sources_.part(GraphKind::step));
    if (run_.decoder == DecoderKind::kv || (automatic && has_cache)) return kOverCache;
    return kWhole;
  }

  /// Without a prefill prompts go through the step.
  [[nodiscard]] bool is_needed(GraphKind kind) const {
    return kind != GraphKind::prefill || backend_->takes(sources_.part(kind));
  }

  [[nodiscard]] std::string file_of(GraphKind kind) const {
    const ModelPart part = sources_.part(kind);
    const PartFile* file = backend_->file(part);
    if (file != nullptr) return file->path.filename().string();
    fail(ErrorKind::usage, bundle_.folder().string(), ": has no file of the ", entry_of(kind).title,
         " that the ", run_.backend, " back end runs", run_.soc.empty() ? "" : " on ", run_.soc,
         ": make one with \"sotto export\" and, for an NPU, \"sotto compile\"");
  }

  /// What is sent is of one SoC, so nobody on the device could notice that another one is meant.
  void check_soc() const {
    if (!run_.soc.empty() || backend_->form() != "compiled") return;
    std::set<std::string_view> socs;
    for (const FileRecord& file : bundle_.manifest().files) {
      const auto role = parse_graph_role(file.role);
      if (role && !role->soc.empty()) socs.insert(role->soc);
    }
    if (socs.size() < 2) return;
    fail(ErrorKind::usage, bundle_.folder().string(), ": is compiled for ", *socs.begin(), " and ",
         *socs.rbegin(), ": say which the device is, with ", Option{"soc"});
  }

  const Bundle& bundle_;
  const DeviceRun& run_;
  ModelSources sources_;
  std::unique_ptr<Backend> backend_;
};

}  // namespace

Manifest select_for_device(const Bundle& bundle, const DeviceRun& run) {
  return Selection(bundle, run).manifest();
}

}  // namespace sotto
