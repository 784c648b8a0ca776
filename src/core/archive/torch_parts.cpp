#include "core/archive/torch_parts.h"

namespace sotto {

std::optional<TorchStorageId> torch_storage_id(const PickleValue& value) {
  const auto* id = value.as<PicklePersistentId>();
  const auto* tuple = id == nullptr ? nullptr : id->key->as<PickleTuple>();
  if (tuple == nullptr || tuple->items.size() < 5) return std::nullopt;
  const auto* kind = tuple->items[0]->as<std::string_view>();
  const auto* type = tuple->items[1]->as<PickleGlobal>();
  const auto* key = tuple->items[2]->as<std::string_view>();
  const auto* count = tuple->items[4]->as<std::int64_t>();
  const bool is_whole = tuple->items.size() == 5 || tuple->items[5]->as<PickleNone>() != nullptr;
  if (kind == nullptr || *kind != "storage" || type == nullptr || key == nullptr ||
      count == nullptr || *count < 0 || !is_whole) {
    return std::nullopt;
  }
  return TorchStorageId{type->name, *key, static_cast<std::uint64_t>(*count)};
}

}  // namespace sotto
