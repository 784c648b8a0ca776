#include "model/checkpoint/torch_weights.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/archive/numpy_scalar.h"
#include "core/archive/printable.h"
#include "core/archive/torch_archive.h"
#include "core/base/error.h"
#include "model/checkpoint/tensor_names.h"
#include "model/checkpoint/weight_names.h"

namespace sotto {
namespace {

constexpr std::string_view kDims = "dims";

// OpenAI's, Lightning's, those of many training loops, DeepSpeed's; in the order of preference.
constexpr std::array<std::string_view, 4> kStateDicts{"model_state_dict", "state_dict", "model",
                                                      "module"};

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

// Dims are a dict, or the object that the reference makes of it.
const PickleDict& dict_of_dims(const PickleValue& value, const std::string& source) {
  const auto* object = value.as<PickleObject>();
  const PickleValue* state = object == nullptr ? &value : object->state;
  const auto* dict = state == nullptr ? nullptr : state->as<PickleDict>();
  if (dict == nullptr) {
    fail(ErrorKind::format, source, ": expected an OpenAI checkpoint with the dict ", kDims,
         ", found ", kind_of(value));
  }
  return *dict;
}

void refuse_other_dims(const PickleDict& dict, const std::string& source) {
  const auto fields = dim_fields();
  for (const auto& item : dict.items) {
    const auto* key = item.first->as<std::string_view>();
    const bool is_known =
        key != nullptr && std::any_of(fields.begin(), fields.end(),
                                      [&](const DimField& field) { return field.name == *key; });
    if (is_known) continue;
    fail(ErrorKind::unsupported, source, ": expected only Whisper's dims, found also ",
         key == nullptr ? std::string(kind_of(*item.first)) : printable(*key));
  }
}

WhisperDims dims_of(const PickleDict& dict, const std::string& source) {
  WhisperDims dims;
  for (const DimField& field : dim_fields()) {
    const PickleValue* value = find(dict, field.name);
    const auto number = value == nullptr ? std::nullopt : pickled_integer(*value);
    if (!number) {
      fail(ErrorKind::format, source, ": expected the integer ", field.name, " in dims, found ",
           value == nullptr ? std::string_view("none") : kind_of(*value));
    }
    dims.*field.member = *number;
  }
  refuse_other_dims(dict, source);
  check_dims(dims, source);
  return dims;
}

// Null when there is none.
const PickleDict* find_state_dict(const PickleDict& top) {
  for (const std::string_view key : kStateDicts) {
    const PickleValue* value = find(top, key);
    const auto* dict = value == nullptr ? nullptr : value->as<PickleDict>();
    if (dict != nullptr) return dict;
  }
  const bool is_one = std::any_of(top.items.begin(), top.items.end(), [](const auto& item) {
    return TorchArchive::is_tensor(*item.second);
  });
  return is_one ? &top : nullptr;
}

const PickleDict& state_dict_of(const PickleDict& top, const std::string& source) {
  const PickleDict* dict = find_state_dict(top);
  if (dict != nullptr) return *dict;
  fail(ErrorKind::format, source,
       ": expected a state dict, alone or under model_state_dict, state_dict, model or module, "
       "found a dict without one");
}

TensorTable tensors_of(const PickleDict& dict, const TorchArchive& archive) {
  TensorTable tensors;
  for (const auto& item : dict.items) {
    const auto* name = item.first->as<std::string_view>();
    if (name == nullptr) {
      fail(ErrorKind::format, archive.source(), ": expected names of tensors, found ",
           kind_of(*item.first));
    }
    add_tensor(tensors, std::string(*name), archive.tensor(*item.second, *name), archive.source());
  }
  return tensors;
}

}  // namespace

TorchWeights parse_torch_weights(std::span<const std::byte> bytes, const std::string& source,
                                 const std::shared_ptr<const void>& owner) {
  const TorchArchive archive(bytes, source, owner);
  const PickleDict& top = top_of(archive);
  TorchWeights weights;
  if (const PickleValue* dims = find(top, kDims); dims != nullptr) {
    weights.dims = dims_of(dict_of_dims(*dims, source), source);
  }
  weights.tensors = tensors_of(state_dict_of(top, source), archive);
  return weights;
}

bool holds_whisper(const PickleValue& root) {
  const auto* top = root.as<PickleDict>();
  const PickleDict* dict = top == nullptr ? nullptr : find_state_dict(*top);
  return dict != nullptr &&
         std::any_of(dict->items.begin(), dict->items.end(), [](const auto& item) {
           const auto* name = item.first->template as<std::string_view>();
           return name != nullptr && plain_name(*name) == "encoder.conv1.weight";
         });
}

}  // namespace sotto
