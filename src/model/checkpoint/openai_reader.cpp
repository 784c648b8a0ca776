#include "model/checkpoint/openai_reader.h"

#include <algorithm>

#include "core/archive/printable.h"
#include "core/archive/torch_archive.h"
#include "core/base/error.h"
#include "model/checkpoint/tensor_names.h"

namespace sotto {
namespace {

constexpr std::string_view kDims = "dims";
constexpr std::string_view kStateDict = "model_state_dict";

const PickleDict& dict_of(const PickleDict& top, std::string_view key, const std::string& source) {
  const PickleValue* value = find(top, key);
  const auto* dict = value == nullptr ? nullptr : value->as<PickleDict>();
  if (dict == nullptr) {
    fail(ErrorKind::format, source, ": expected an OpenAI checkpoint with the dict ", key,
         ", found ", value == nullptr ? std::string_view("none") : kind_of(*value));
  }
  return *dict;
}

const PickleDict& top_of(const TorchArchive& archive) {
  if (archive.root().as<PickleObject>() != nullptr) {
    fail(ErrorKind::unsupported, archive.source(),
         ": expected a checkpoint with dims and model_state_dict, found a TorchScript module");
  }
  const auto* top = archive.root().as<PickleDict>();
  if (top == nullptr) {
    fail(ErrorKind::format, archive.source(),
         ": expected a dict with dims and model_state_dict, found ", kind_of(archive.root()));
  }
  return *top;
}

WhisperDims dims_of(const PickleDict& dict, const std::string& source) {
  WhisperDims dims;
  for (const DimField& field : dim_fields()) {
    const PickleValue* value = find(dict, field.name);
    const auto* number = value == nullptr ? nullptr : value->as<std::int64_t>();
    if (number == nullptr) {
      fail(ErrorKind::format, source, ": expected the integer ", field.name, " in dims, found ",
           value == nullptr ? std::string_view("none") : kind_of(*value));
    }
    dims.*field.member = *number;
  }
  for (const auto& item : dict.items) {
    const auto* key = item.first->as<std::string_view>();
    const auto fields = dim_fields();
    const bool is_known =
        key != nullptr && std::any_of(fields.begin(), fields.end(),
                                      [&](const DimField& field) { return field.name == *key; });
    if (!is_known) {
      fail(ErrorKind::unsupported, source, ": expected only Whisper's dims, found also ",
           key == nullptr ? std::string(kind_of(*item.first)) : printable(*key));
    }
  }
  check_dims(dims, source);
  return dims;
}

TensorTable tensors_of(const PickleDict& dict, const TorchArchive& archive) {
  TensorTable tensors;
  for (const auto& item : dict.items) {
    const auto* name = item.first->as<std::string_view>();
    if (name == nullptr) {
      fail(ErrorKind::format, archive.source(), ": expected names in model_state_dict, found ",
           kind_of(*item.first));
    }
    add_tensor(tensors, std::string(*name), archive.tensor(*item.second, *name), archive.source());
  }
  return tensors;
}

}  // namespace

Checkpoint parse_openai(std::span<const std::byte> bytes, const std::string& source,
                        const std::shared_ptr<const void>& owner) {
  const TorchArchive archive(bytes, source, owner);
  const PickleDict& top = top_of(archive);
  Checkpoint checkpoint;
  checkpoint.format = CheckpointFormat::openai;
  checkpoint.dims = dims_of(dict_of(top, kDims, source), source);
  checkpoint.tensors = tensors_of(dict_of(top, kStateDict, source), archive);
  check_tensors(checkpoint.tensors, checkpoint.dims, source);
  return checkpoint;
}

}  // namespace sotto
