#include "core/archive/torch_archive.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "core/archive/printable.h"
#include "core/archive/torch_types.h"
#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::size_t kMostAxes = 16;
constexpr std::string_view kZip = "PK\x03\x04";

bool begins_with(std::span<const std::byte> bytes, std::string_view text,
                 std::size_t position = 0) {
  return bytes.size() >= position + text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(position),
                    [](char left, std::byte right) { return std::byte(left) == right; });
}

std::unique_ptr<const TorchParts> open_parts(std::span<const std::byte> bytes,
                                             const std::string& source) {
  if (is_torch_legacy(bytes)) return read_torch_legacy(bytes, source);
  if (begins_with(bytes, "ustar", 257)) {
    fail(ErrorKind::unsupported, source,
         ": expected a file of torch.save, found a tar archive from before PyTorch 0.2: load it "
         "with torch and save it again");
  }
  if (begins_with(bytes, "\x80")) {
    fail(ErrorKind::unsupported, source,
         ": expected a file of torch.save, found a bare pickle: load it in Python and save it with "
         "torch.save");
  }
  return read_torch_zip(bytes, source);
}

using Arguments = std::span<const PickleValue* const>;

struct Call {
  std::string_view function;
  Arguments arguments;
};

// A call of one of PyTorch's own functions that make tensors.
std::optional<Call> rebuild_call(const PickleValue& value) {
  const auto* call = value.as<PickleCall>();
  if (call == nullptr) return std::nullopt;
  const auto& [module, name] = call->function;
  if (module != "torch._utils" && module != "torch._tensor") return std::nullopt;
  return Call{name, call->arguments->as<PickleTuple>()->items};
}

// A parameter is a tensor and two flags, or also its attributes.
const PickleValue& without_parameter(const PickleValue& value) {
  const auto call = rebuild_call(value);
  return call && call->function.starts_with("_rebuild_parameter") && !call->arguments.empty()
             ? *call->arguments[0]
             : value;
}

// A tensor with attributes of its own is (function, type, arguments, attributes).
std::optional<Call> without_attributes(const std::optional<Call>& call) {
  if (!call || call->function != "_rebuild_from_type_v2") return call;
  if (call->arguments.size() < 3) return std::nullopt;
  const auto* function = call->arguments[0]->as<PickleGlobal>();
  const auto* arguments = call->arguments[2]->as<PickleTuple>();
  if (function == nullptr || arguments == nullptr) return std::nullopt;
  return Call{function->name, arguments->items};
}

std::optional<Call> tensor_call(const PickleValue& value) {
  const auto call = without_attributes(rebuild_call(without_parameter(value)));
  const bool is_tensor =
      call && (call->function == "_rebuild_tensor_v2" || call->function == "_rebuild_tensor_v3");
  return is_tensor ? call : std::nullopt;
}

std::optional<Shape> extents_of(const PickleValue& value, std::int64_t least) {
  const auto* call = value.as<PickleCall>();  // torch.Size, around a tuple
  const auto* tuple = call == nullptr || call->function.name != "Size" ||
                              call->arguments->as<PickleTuple>()->items.size() != 1
                          ? value.as<PickleTuple>()
                          : call->arguments->as<PickleTuple>()->items[0]->as<PickleTuple>();
  if (tuple == nullptr || tuple->items.size() > kMostAxes) return std::nullopt;
  Shape extents;
  for (const PickleValue* item : tuple->items) {
    const auto* extent = item->as<std::int64_t>();
    if (extent == nullptr || *extent < least) return std::nullopt;
    extents.push_back(*extent);
  }
  return extents;
}

// One past the furthest element that a view reaches from its storage's start.
std::optional<std::int64_t> reach(std::int64_t offset, const Shape& shape, const Shape& strides) {
  std::int64_t last = offset;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    std::int64_t span = 0;
    if (__builtin_mul_overflow(shape[axis] - 1, strides[axis], &span) ||
        __builtin_add_overflow(last, span, &last)) {
      return std::nullopt;
    }
  }
  if (__builtin_add_overflow(last, 1, &last)) return std::nullopt;
  return last;
}

}  // namespace

struct TorchArchive::Storage {
  TorchStorageId id;
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
};

struct TorchArchive::Layout {
  std::int64_t offset = 0;
  Shape shape;
  Shape strides;
};

TorchArchive::TorchArchive(std::span<const std::byte> bytes, std::string source,
                           std::shared_ptr<const void> owner)
    : source_(std::move(source)), owner_(std::move(owner)), parts_(open_parts(bytes, source_)) {}

bool TorchArchive::is_tensor(const PickleValue& value) { return tensor_call(value).has_value(); }

TensorView TorchArchive::tensor(const PickleValue& value, std::string_view name) const {
  const auto call = tensor_call(value);
  if (!call) refuse(name, concat("expected a tensor, found ", kind_of(value)));
  const Arguments arguments = call->arguments;
  const bool is_typed = call->function == "_rebuild_tensor_v2";
  if (arguments.size() < (is_typed ? 6U : 7U))
    refuse(name, "expected its storage, shape and strides, found less");
  Storage held = storage(*arguments[0], name);
  const auto* offset = arguments[1]->as<std::int64_t>();
  auto shape = extents_of(*arguments[2], 1);
  auto strides = extents_of(*arguments[3], 0);
  if (offset == nullptr || *offset < 0 || !shape || !strides || shape->size() != strides->size()) {
    refuse(name, "expected an offset ≥ 0, a shape of extents ≥ 1 and strides ≥ 0, found others");
  }
  const auto* dtype_name = is_typed ? nullptr : arguments[6]->as<PickleGlobal>();
  const std::string_view type_name = dtype_name != nullptr ? dtype_name->name : held.id.type;
  const TorchType* type = find_torch_type(type_name);
  if (type == nullptr || !type->type) {
    fail(ErrorKind::unsupported, source_, ": the tensor ", printable(name),
         ": expected float32, float16, bfloat16 or float64, found ", printable(type_name));
  }
  const Layout layout{*offset, std::move(*shape), std::move(*strides)};
  check_reach(layout, held.bytes.size() / type->width, name);
  if (type->dtype == "float64") held = narrowed(held);
  const std::byte* data =
      held.bytes.data() + static_cast<std::size_t>(*offset) * size_of(*type->type);
  return {*type->type, layout.shape, layout.strides, data, held.owner};
}

void TorchArchive::check_reach(const Layout& layout, std::size_t elements,
                               std::string_view name) const {
  const auto& [offset, shape, strides] = layout;
  const auto count = static_cast<std::int64_t>(elements);
  const auto end = reach(offset, shape, strides);
  if (!end || *end > count || !checked_num_elements(shape)) {
    refuse(name, concat("expected shape ", to_string(shape), " with strides ", to_string(strides),
                        " from element ", offset, " to lie in its storage of ", count,
                        " elements, found that it does not"));
  }
  // PyTorch's expand() makes such views; no model keeps a tensor so, and whoever writes one out
  // would fill the disk out of a few bytes.
  if (num_elements(shape) > count) {
    refuse(name, concat("expected shape ", to_string(shape), " with strides ", to_string(strides),
                        " to reach each element once, found a storage of ", count, " elements"));
  }
}

TorchArchive::Storage TorchArchive::storage(const PickleValue& value, std::string_view name) const {
  const auto id = torch_storage_id(value);
  if (!id) {
    refuse(name, "expected a storage with its type, key and size, found something else");
  }
  const auto bytes = parts_->storage(id->key);
  if (!bytes) {
    refuse(name, concat("expected its values as the storage ", printable(id->key),
                        " of the file, found no such storage"));
  }
  const TorchType* type = find_torch_type(id->type);
  if (type == nullptr || id->elements != bytes->size() / type->width ||
      bytes->size() % type->width != 0) {
    refuse(name,
           concat("expected ", id->elements, " elements of ", printable(id->type),
                  " as the storage ", printable(id->key), ", found ", bytes->size(), " bytes"));
  }
  return {*id, *bytes, owner_};
}

// Whole, so that tensors that share a storage share its floats too: a file cannot ask for more
// memory than half of what it stores.
TorchArchive::Storage TorchArchive::narrowed(const Storage& held) const {
  auto found = narrowed_.find(held.id.key);
  if (found == narrowed_.end()) {
    auto floats = std::make_shared<const std::vector<float>>(sotto::narrowed(held.bytes));
    found = narrowed_.emplace(held.id.key, std::move(floats)).first;
  }
  return {held.id, std::as_bytes(std::span(*found->second)), found->second};
}

void TorchArchive::refuse(std::string_view name, std::string_view what) const {
  fail(ErrorKind::format, source_, ": the tensor ", printable(name), ": ", what);
}

bool begins_as_torch_file(std::span<const std::byte> bytes) {
  return begins_with(bytes, kZip) || is_torch_legacy(bytes);
}

}  // namespace sotto
