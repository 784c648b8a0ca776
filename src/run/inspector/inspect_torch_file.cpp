#include <string>

#include "core/archive/torch_archive.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/bundle/graph_table.h"
#include "model/checkpoint/torch_weights.h"
#include "run/inspector/inspect_parts.h"

namespace sotto {

namespace {

constexpr int kDeepest = 32;
constexpr std::size_t kMostValues = std::size_t{1} << 18;

/// Walks a pickle and lists the tensors in it by their path. Parts may be shared or refer to their
/// own ancestors, so depth and number of values are bounded.
class TensorLister {
 public:
  TensorLister(const TorchArchive& archive, Inspection& inspection)
      : archive_(archive), inspection_(inspection) {}

  void list(const PickleValue& value, const std::string& name, int depth) {
    if (depth > kDeepest || ++visited_ > kMostValues) {
      fail(ErrorKind::format, archive_.source(), ": its objects are nested deeper, or are more, ",
           "than those of any model");
    }
    if (TorchArchive::is_tensor(value)) {
      const TensorView tensor = archive_.tensor(value, name);
      inspection_.parameters += num_elements(tensor.shape);
      inspection_.tensors.push_back({name, tensor.dtype, tensor.shape});
    } else if (const auto* dict = value.as<PickleDict>()) {
      list_members(*dict, name, depth);
    } else if (const auto* object = value.as<PickleObject>()) {
      if (object->state != nullptr) list(*object->state, name, depth + 1);
    }
  }

 private:
  void list_members(const PickleDict& dict, const std::string& name, int depth) {
    for (const auto& [key, member] : dict.items) {
      const auto* key_name = key->as<std::string_view>();
      if (key_name == nullptr) continue;
      list(*member, name.empty() ? std::string(*key_name) : concat(name, ".", *key_name),
           depth + 1);
    }
  }

  const TorchArchive& archive_;
  Inspection& inspection_;
  std::size_t visited_ = 0;
};

void add_graph_of_bundle(Inspection& inspection) {
  Inspection bundle;
  bundle.path = inspection.path.parent_path();
  inspect_bundle(bundle);
  for (const FileRecord& file : bundle.files) {
    if (file.name != inspection.path.filename()) continue;
    inspection.facts.emplace_back("role", file.role);
    inspection.facts.emplace_back("SHA-256", file.sha256);
    inspection.dims = bundle.dims;
    inspection.size_name = bundle.size_name;
    for (const GraphKind kind : {GraphKind::encoder, GraphKind::decoder}) {
      if (file.role != graph_role(kind, Form::torchscript)) continue;
      inspection.graphs = {bundle.graphs.at(static_cast<std::size_t>(kind))};
    }
  }
}

/// What the manifest beside the file says about it, if there is one. A manifest that cannot be read
/// says something too, and does not keep the file from being shown.
void add_role_in_bundle(Inspection& inspection) {
  const auto folder = inspection.path.parent_path();
  if (!Bundle::is_bundle(folder)) return;
  try {
    add_graph_of_bundle(inspection);
  } catch (const Error& problem) {
    inspection.facts.emplace_back("its bundle", problem.message());
  }
}

}  // namespace

void inspect_torch_file(Inspection& inspection) {
  const auto file = MappedFile::open(inspection.path);
  const TorchArchive archive(file->bytes(), inspection.path.string(), file);
  if (holds_whisper(archive.root())) {
    inspect_checkpoint(inspection);
    return;
  }
  const bool module = archive.root().as<PickleObject>() != nullptr;
  inspection.kind = module ? "TorchScript module" : "PyTorch file";
  TensorLister(archive, inspection).list(archive.root(), "", 0);
  if (inspection.tensors.empty()) {
    fail(ErrorKind::format, inspection.path.string(), ": expected a checkpoint or a TorchScript ",
         "module, found a PyTorch file without tensors");
  }
  if (module) add_role_in_bundle(inspection);
}

}  // namespace sotto
