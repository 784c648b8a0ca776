#include "model/checkpoint/bundle_reader.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/archive/printable.h"
#include "core/archive/torch_archive.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/bundle/bundle.h"
#include "model/checkpoint/alignment_heads.h"
#include "model/checkpoint/tensor_names.h"
#include "model/schema/weights.h"

namespace sotto {
namespace {

constexpr std::string_view kCausalMask = "causal_mask";

// Half of the checkpoint and the file that holds it; attribute names lack the half's own name.
struct Half {
  std::string_view prefix;
  std::string_view role;
  std::string_view computed;  // an attribute that is no weight
};
constexpr std::array<Half, 2> kHalves{{{"encoder.", role::encoder_torchscript, {}},
                                       {"decoder.", role::decoder_torchscript, kCausalMask}}};

// "encoder.blocks.0.attn.query.weight" is the encoder's blocks_0_attn_query_weight; with its half
// before it again, it is unique among the attributes of both files.
std::string attribute_name(std::string_view openai_name) {
  std::string name(openai_name);
  std::replace(name.begin() + static_cast<std::ptrdiff_t>(name.find('.') + 1), name.end(), '.',
               '_');
  return name;
}

WhisperDims dims_of(const Manifest& manifest, const std::string& source) {
  WhisperDims dims;
  for (const DimField& field : dim_fields()) dims.*field.member = dim(manifest, field.name);
  check_dims(dims, source);
  if (manifest.frames < 2 || manifest.frames > 2 * dims.n_audio_ctx || manifest.frames % 2 != 0) {
    fail(ErrorKind::mismatch, source, ": expected an even number of frames from 2 to ",
         2 * dims.n_audio_ctx, ", found ", manifest.frames);
  }
  dims.n_audio_ctx = manifest.frames / 2;
  return dims;
}

// What lies in the folder must be as large as the dims say: an outline has nothing else to be held
// to. Both files are float32 behind a header of NumPy's.
void check_stored(const Bundle& bundle, const WhisperDims& dims, const std::string& source) {
  constexpr std::uint64_t kLongestHeader = 4096;
  const std::array<std::pair<std::string_view, std::int64_t>, 2> tables{
      {{role::token_embedding, dims.n_vocab}, {role::position_embedding, dims.n_text_ctx}}};
  for (const auto& [role, rows] : tables) {
    if (!bundle.has(role)) continue;
    const FileRecord& file = bundle.record(role);
    const auto bytes = static_cast<std::uint64_t>(rows * dims.n_text_state) * sizeof(float);
    if (file.bytes >= bytes && file.bytes - bytes <= kLongestHeader) continue;
    fail(ErrorKind::mismatch, source, ": expected ", file.name, " to hold the ", bytes,
         " bytes of [", rows, ", ", dims.n_text_state, "] by the model's dims, found ", file.bytes);
  }
}

// What the manifest says, without tensors.
Checkpoint begin_checkpoint(const Bundle& bundle) {
  const std::string source = (bundle.folder() / kManifestName).string();
  Checkpoint checkpoint;
  checkpoint.path = bundle.folder();
  checkpoint.format = CheckpointFormat::sotto_bundle;
  checkpoint.dims = dims_of(bundle.manifest(), source);
  check_stored(bundle, checkpoint.dims, source);
  checkpoint.vocabulary.layout =
      bundle.manifest().vocabulary
          ? bundle.manifest().vocabulary
          : published_layout(checkpoint.dims.n_vocab, checkpoint.dims.n_mels);
  if (!bundle.manifest().alignment_heads.empty()) {
    check_alignment_heads(bundle.manifest().alignment_heads, checkpoint.dims, source);
    checkpoint.alignment_heads = bundle.manifest().alignment_heads;
  }
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

Checkpoint read_bundle_weights(const std::filesystem::path& folder) {
  const Bundle bundle = Bundle::open(folder);
  const std::string source = (folder / kManifestName).string();
  if (!bundle.has(role::encoder_torchscript)) {
    fail(ErrorKind::unavailable, folder.string(),
         ": expected a bundle with TorchScript files, which hold the weights as they were, found "
         "TFLite's alone: name the checkpoint, or export it with ",
         Option{"format", "all"});
  }
  Checkpoint checkpoint = begin_checkpoint(bundle);
  checkpoint.weights = bundle.file(role::encoder_torchscript);
  TensorTable found;
  for (const Half& half : kHalves) {
    const auto file = MappedFile::open(bundle.file(half.role));
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

Checkpoint read_bundle_outline(const std::filesystem::path& folder) {
  const Bundle bundle = Bundle::open(folder);
  Checkpoint checkpoint = begin_checkpoint(bundle);
  checkpoint.weights = folder / kManifestName;
  checkpoint.tensors = outline_tensors(checkpoint.dims);
  return checkpoint;
}

}  // namespace sotto
