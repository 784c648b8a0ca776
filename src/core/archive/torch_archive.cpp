#include "core/archive/torch_archive.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/archive/printable.h"
#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::size_t kMostAxes = 16;

// What the files of PyTorch 1.6 to 2.x, saved and saved again, refer to.
constexpr std::array<PickleGlobal, 29> kGlobals{{
    {"torch._utils", "_rebuild_tensor_v2"},
    {"torch._utils", "_rebuild_tensor_v3"},
    {"torch._utils", "_rebuild_parameter"},
    {"torch.jit._pickle", "build_intlist"},
    {"torch.jit._pickle", "build_doublelist"},
    {"torch.jit._pickle", "build_boollist"},
    {"torch.jit._pickle", "build_tensorlist"},
    {"torch", "FloatStorage"},
    {"torch", "HalfStorage"},
    {"torch", "BFloat16Storage"},
    {"torch", "DoubleStorage"},
    {"torch", "LongStorage"},
    {"torch", "IntStorage"},
    {"torch", "ShortStorage"},
    {"torch", "CharStorage"},
    {"torch", "ByteStorage"},
    {"torch", "BoolStorage"},
    {"torch", "UntypedStorage"},
    {"torch.storage", "UntypedStorage"},
    {"torch.storage", "_UntypedStorage"},
    {"torch", "float32"},
    {"torch", "float16"},
    {"torch", "bfloat16"},
    {"torch", "float64"},
    {"torch", "int64"},
    {"torch", "int32"},
    {"torch", "int16"},
    {"torch", "int8"},
    {"torch", "uint8"},
}};

struct TorchType {
  std::string_view storage, dtype;
  DType type;
};
constexpr std::array<TorchType, 5> kTypes{{{"FloatStorage", "float32", DType::float32},
                                           {"HalfStorage", "float16", DType::float16},
                                           {"BFloat16Storage", "bfloat16", DType::bfloat16},
                                           {"IntStorage", "int32", DType::int32},
                                           {"LongStorage", "int64", DType::int64}}};

std::optional<DType> dtype_of(std::string_view torch_name) {
  for (const TorchType& type : kTypes) {
    if (type.storage == torch_name || type.dtype == torch_name) return type.type;
  }
  return std::nullopt;
}

// Bytes of what a storage counts; 0 for element types that no tensor here may have.
std::size_t width_of(std::string_view storage) {
  if (storage.ends_with("UntypedStorage")) return 1;
  const auto dtype = dtype_of(storage);
  return dtype ? size_of(*dtype) : 0;
}

bool begins_with(std::span<const std::byte> bytes, std::string_view text,
                 std::size_t position = 0) {
  return bytes.size() >= position + text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(position),
                    [](char left, std::byte right) { return std::byte(left) == right; });
}

// Gives `bytes` back unless they are of an older format: files from before PyTorch 1.6 begin with a
// pickled magic number, the oldest are tar archives.
std::span<const std::byte> refuse_older_formats(std::span<const std::byte> bytes,
                                                const std::string& source) {
  using namespace std::string_view_literals;
  if (begins_with(bytes, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv) ||
      begins_with(bytes, "ustar"sv, 257)) {
    fail(ErrorKind::unsupported, source,
         ": expected PyTorch's zip format, found the one from before PyTorch 1.6: load it with a "
         "current torch and save it again");
  }
  if (begins_with(bytes, "\x80"sv)) {
    fail(ErrorKind::unsupported, source,
         ": expected PyTorch's zip format, found a bare pickle: load it with torch and save it "
         "again");
  }
  return bytes;
}

// The archive's name is whatever its writer chose; all entries lie below it.
std::string find_prefix(const ZipReader& zip, const std::string& source) {
  constexpr std::string_view kPickle = "/data.pkl";
  const ZipEntry* found = nullptr;
  for (const ZipEntry& entry : zip.entries()) {
    if (!entry.name.ends_with(kPickle)) continue;
    if (entry.name.find('/') != entry.name.size() - kPickle.size()) continue;
    if (found != nullptr) {
      fail(ErrorKind::format, source, ": expected one data.pkl in the archive, found two");
    }
    found = &entry;
  }
  if (found == nullptr) {
    fail(ErrorKind::format, source,
         ": expected PyTorch's data.pkl in the zip archive, found none of this name");
  }
  return std::string(found->name.substr(0, found->name.size() - kPickle.size() + 1));
}

void check_byte_order(const ZipReader& zip, const std::string& prefix, const std::string& source) {
  const ZipEntry* entry = zip.find(prefix + "byteorder");
  if (entry != nullptr && !begins_with(zip.checked_content(*entry), "little")) {
    fail(ErrorKind::unsupported, source,
         ": expected little-endian tensors, found that byteorder says otherwise");
  }
}

const PickleCall* call_of(const PickleValue& value, std::string_view function) {
  const auto* call = value.as<PickleCall>();
  return call != nullptr && call->function.module == "torch._utils" &&
                 call->function.name == function
             ? call
             : nullptr;
}

std::span<const PickleValue* const> arguments_of(const PickleCall& call) {
  return call.arguments->as<PickleTuple>()->items;
}

// A parameter is a tensor and two flags.
const PickleValue& without_parameter(const PickleValue& value) {
  const PickleCall* call = call_of(value, "_rebuild_parameter");
  return call != nullptr && !arguments_of(*call).empty() ? *arguments_of(*call)[0] : value;
}

const PickleCall* tensor_call(const PickleValue& value) {
  const PickleCall* call = call_of(value, "_rebuild_tensor_v2");
  return call != nullptr ? call : call_of(value, "_rebuild_tensor_v3");
}

std::optional<Shape> extents_of(const PickleValue& value, std::int64_t least) {
  const auto* tuple = value.as<PickleTuple>();
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
  std::string_view type;  ///< "FloatStorage"
  std::span<const std::byte> bytes;
};

TorchArchive::TorchArchive(std::span<const std::byte> bytes, std::string source,
                           std::shared_ptr<const void> owner)
    : source_(std::move(source)),
      owner_(std::move(owner)),
      zip_(refuse_older_formats(bytes, source_), source_),
      prefix_(find_prefix(zip_, source_)) {
  check_byte_order(zip_, prefix_, source_);
  const ZipEntry& entry = *zip_.find(prefix_ + "data.pkl");
  pickle_ = read_pickle(zip_.checked_content(entry), source_, {kGlobals, "__torch__"});
}

bool TorchArchive::is_tensor(const PickleValue& value) {
  return tensor_call(without_parameter(value)) != nullptr;
}

TensorView TorchArchive::tensor(const PickleValue& value, std::string_view name) const {
  const PickleCall* call = tensor_call(without_parameter(value));
  if (call == nullptr) refuse(name, concat("expected a tensor, found ", kind_of(value)));
  const auto arguments = arguments_of(*call);
  const bool is_typed = call->function.name == "_rebuild_tensor_v2";
  if (arguments.size() < (is_typed ? 6U : 7U))
    refuse(name, "expected its storage, shape and strides, found less");
  const Storage held = storage(*arguments[0], name);
  const auto* offset = arguments[1]->as<std::int64_t>();
  auto shape = extents_of(*arguments[2], 1);
  auto strides = extents_of(*arguments[3], 0);
  if (offset == nullptr || *offset < 0 || !shape || !strides || shape->size() != strides->size()) {
    refuse(name, "expected an offset ≥ 0, a shape of extents ≥ 1 and strides ≥ 0, found others");
  }
  const auto* dtype_name = is_typed ? nullptr : arguments[6]->as<PickleGlobal>();
  const std::string_view type = dtype_name != nullptr ? dtype_name->name : held.type;
  const auto dtype = dtype_of(type);
  if (!dtype) {
    fail(ErrorKind::unsupported, source_, ": the tensor ", printable(name),
         ": expected float32, float16 or bfloat16, found ", printable(type));
  }
  const auto count = static_cast<std::int64_t>(held.bytes.size() / size_of(*dtype));
  const auto end = reach(*offset, *shape, *strides);
  if (!end || *end > count || !checked_num_elements(*shape)) {
    refuse(name, concat("expected shape ", to_string(*shape), " with strides ", to_string(*strides),
                        " from element ", *offset, " to lie in its storage of ", count,
                        " elements, found that it does not"));
  }
  // PyTorch's expand() makes such views; no model keeps a tensor so, and whoever writes one out
  // would fill the disk out of a few bytes.
  if (num_elements(*shape) > count) {
    refuse(name, concat("expected shape ", to_string(*shape), " with strides ", to_string(*strides),
                        " to reach each element once, found a storage of ", count, " elements"));
  }
  const std::byte* data = held.bytes.data() + static_cast<std::size_t>(*offset) * size_of(*dtype);
  return {*dtype, std::move(*shape), std::move(*strides), data, owner_};
}

// A persistent id is the tuple ("storage", type, key, device, number of elements).
TorchArchive::Storage TorchArchive::storage(const PickleValue& value, std::string_view name) const {
  const auto* id = value.as<PicklePersistentId>();
  const auto* tuple = id == nullptr ? nullptr : id->key->as<PickleTuple>();
  if (tuple == nullptr || tuple->items.size() < 5) refuse(name, "expected a storage, found none");
  const auto* kind = tuple->items[0]->as<std::string_view>();
  const auto* type = tuple->items[1]->as<PickleGlobal>();
  const auto* key = tuple->items[2]->as<std::string_view>();
  const auto* count = tuple->items[4]->as<std::int64_t>();
  if (kind == nullptr || *kind != "storage" || type == nullptr || key == nullptr ||
      count == nullptr || *count < 0) {
    refuse(name, "expected a storage with its type, key and size, found something else");
  }
  const ZipEntry* entry = zip_.find(prefix_ + "data/" + std::string(*key));
  if (entry == nullptr) {
    refuse(name, concat("expected its values as data/", printable(*key),
                        " in the archive, found no such entry"));
  }
  const Storage held{type->name, zip_.content(*entry)};
  const std::size_t width = width_of(type->name);
  if (width != 0 && (static_cast<std::uint64_t>(*count) != held.bytes.size() / width ||
                     held.bytes.size() % width != 0)) {
    refuse(name, concat("expected ", *count, " elements of ", type->name, " as data/",
                        printable(*key), ", found ", held.bytes.size(), " bytes"));
  }
  return held;
}

void TorchArchive::refuse(std::string_view name, std::string_view what) const {
  fail(ErrorKind::format, source_, ": the tensor ", printable(name), ": ", what);
}

}  // namespace sotto
