#include "model/checkpoint/bundle_reader.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/archive/printable.h"
#include "core/archive/torch_archive.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/bundle/bundle_model.h"
#include "core/bundle/graph_table.h"
#include "model/checkpoint/tensor_names.h"
#include "model/schema/weights.h"

namespace sotto {
namespace {

constexpr std::string_view kCausalMask = "causal_mask";

// Half of the checkpoint and the file that holds it; attribute names lack the half's own name.
struct Half {
  std::string_view prefix;
  GraphKind graph;
  std::string_view computed;  // an attribute that is no weight
};
constexpr std::array<Half, 2> kHalves{
    {{"encoder.", GraphKind::encoder, {}}, {"decoder.", GraphKind::decoder, kCausalMask}}};

// "encoder.blocks.0.attn.query.weight" is the encoder's blocks_0_attn_query_weight; with its half
// before it again, it is unique among the attributes of both files.
std::string attribute_name(std::string_view openai_name) {
  std::string name(openai_name);
  std::replace(name.begin() + static_cast<std::ptrdiff_t>(name.find('.') + 1), name.end(), '.',
               '_');
  return name;
}

// What the manifest says, without tensors.
Checkpoint begin_checkpoint(const Bundle& bundle) {
  const BundleModel model = model_of(bundle);
  Checkpoint checkpoint;
  checkpoint.path = bundle.folder();
  checkpoint.format = CheckpointFormat::sotto_bundle;
  checkpoint.dims = model.dims;
  checkpoint.vocabulary.layout = model.layout;
  if (!model.alignment_heads.empty()) checkpoint.alignment_heads = model.alignment_heads;
  return checkpoint;
}

}  // namespace

TensorTable parse_torchscript_weights(std::span<const std::byte> bytes, const std::string& source,
                                      const std::shared_ptr<const void>& owner) {
  const TorchArchive archive(bytes, source, owner);
  const auto* module = archive.root().as<PickleObject>();
  const auto* attributes =
      module == nullptr || module->state == nullptr ? nullptr : module->state->as<PickleDict>();
  if (attributes == nullptr) {
    fail(ErrorKind::format, source, ": expected a TorchScript module with attributes, found ",
         kind_of(archive.root()));
  }
  TensorTable tensors;
  for (const auto& item : attributes->items) {
    if (!TorchArchive::is_tensor(*item.second)) continue;
    const auto* name = item.first->as<std::string_view>();
    if (name == nullptr) {
      fail(ErrorKind::format, source, ": expected names of attributes, found ",
           kind_of(*item.first));
    }
    add_tensor(tensors, std::string(*name), archive.tensor(*item.second, *name), source);
  }
  return tensors;
}

bool holds_weights(const Bundle& bundle) {
  return std::all_of(std::begin(kHalves), std::end(kHalves), [&](const Half& half) {
    return bundle.has(graph_role(half.graph, Form::torchscript));
  });
}

Checkpoint read_bundle_weights(const Bundle& bundle) {
  const std::filesystem::path& folder = bundle.folder();
  const std::string source = (folder / kManifestName).string();
  if (!holds_weights(bundle)) {
    fail(ErrorKind::unavailable, folder.string(),
         ": expected a bundle with encoder and decoder in TorchScript, which hold the weights as "
         "they were, found others: name the checkpoint, or export it with ",
         Option{"format", "all"});
  }
  Checkpoint checkpoint = begin_checkpoint(bundle);
  checkpoint.weights = bundle.file(graph_role(GraphKind::encoder, Form::torchscript));
  TensorTable found;
  for (const Half& half : kHalves) {
    const auto file = MappedFile::open(bundle.file(graph_role(half.graph, Form::torchscript)));
    const TensorTable tensors =
        parse_torchscript_weights(file->bytes(), file->path().string(), file);
    for (const auto& [name, view] : tensors.all()) {
      if (name != half.computed) add_tensor(found, concat(half.prefix, name), view, source);
    }
  }
  checkpoint.tensors = rename_tensors(found, checkpoint.dims, attribute_name, folder.string());
  check_tensors(checkpoint.tensors, checkpoint.dims, folder.string());
  return checkpoint;
}

TensorTable outline_tensors(const WhisperDims& dims) {
  TensorTable tensors;
  const TensorView zero = own_values({1}, {0.0F});
  for (const WeightSpec& weight : weight_table(dims)) {
    TensorView view = zero;
    view.shape = weight.shape;
    view.strides = Shape(weight.shape.size(), 0);
    tensors.add(weight.name, view);
  }
  return tensors;
}

Checkpoint read_bundle_outline(const Bundle& bundle) {
  Checkpoint checkpoint = begin_checkpoint(bundle);
  checkpoint.weights = bundle.folder() / kManifestName;
  checkpoint.tensors = outline_tensors(checkpoint.dims);
  return checkpoint;
}

}  // namespace sotto
