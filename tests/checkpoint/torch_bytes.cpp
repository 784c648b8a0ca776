#include "checkpoint/torch_bytes.h"

#include <algorithm>
#include <stdexcept>

#include "archive/pickle_bytes.h"
#include "core/base/error.h"

namespace sotto::test {
namespace {

using namespace pickled;

std::string pickled_state(const std::vector<TorchTensor>& tensors) {
  std::vector<std::string> items;
  for (const TorchTensor& tensor : tensors) {
    items.push_back(text(tensor.name));
    items.push_back(pickled_tensor(tensor));
  }
  return ordered_dict(items);
}

}  // namespace

TorchTensor& TorchFile::tensor(const std::string& name) {
  for (TorchTensor& candidate : tensors) {
    if (candidate.name == name) return candidate;
  }
  throw std::out_of_range(name);
}

void TorchFile::set_dim(const std::string& name, std::int64_t value) {
  for (auto& [field, number] : dims) {
    if (field == name) number = value;
  }
}

std::string TorchFile::openai_pickle() const {
  std::vector<std::string> items;
  for (const auto& [name, value] : dims) {
    items.push_back(text(name));
    items.push_back(integer(value));
  }
  return pickle(
      dict({text("dims"), dict(items), text("model_state_dict"), pickled_state(tensors)}));
}

std::string TorchFile::state_pickle() const { return pickle(pickled_state(tensors)); }

std::string TorchFile::module_pickle() const {
  std::vector<std::string> items{text("training"), boolean(false), text("_hook"), none()};
  for (const TorchTensor& tensor : tensors) {
    items.push_back(text(tensor.name));
    items.push_back(pickled_tensor(tensor));
  }
  return pickle(concat(global("__torch__.sotto", "Module"), ")\x81", dict(items), "b"));
}

ZipBytes TorchFile::zip(const std::string& pickle) const {
  ZipBytes zip;
  zip.files.push_back({.name = concat(archive, "/data.pkl"), .content = pickle, .padding = 5});
  for (const auto& [key, bytes] : storages) {
    zip.files.push_back({.name = concat(archive, "/data/", key), .content = bytes, .padding = 3});
  }
  zip.files.push_back({.name = concat(archive, "/version"), .content = "3\n"});
  return zip;
}

std::string TorchFile::legacy(const std::string& object) const {
  const std::string magic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
  std::vector<std::string> keys;
  std::string data;
  for (const auto& [key, bytes] : storages) {
    const auto named = std::find_if(tensors.begin(), tensors.end(),
                                    [&key = key](const auto& tensor) { return tensor.key == key; });
    keys.push_back(text(key));
    data += concat(little_endian(static_cast<std::uint64_t>(named->count), 8), bytes);
  }
  const std::string machine =
      dict({text("protocol_version"), integer(1001), text("little_endian"), boolean(true)});
  return concat(pickle(magic), pickle(integer(1001)), pickle(machine), object, pickle(list(keys)),
                data);
}

std::string numpy_scalar(const std::string& module, const std::string& type,
                         const std::string& bytes, const std::string& order) {
  const std::string dtype =
      call(global("numpy", "dtype"), {text(type), boolean(false), boolean(true)}) +
      tuple(
          {integer(3), text(order), none(), none(), none(), integer(-1), integer(-1), integer(0)}) +
      "b";
  return call(global(module, "scalar"), {dtype, bytes});
}

std::string encoded_bytes(const std::string& latin1_as_utf8) {
  return call(global("_codecs", "encode"), {text(latin1_as_utf8), text("latin1")});
}

std::string with_numpy_dims(const TorchFile& file) {
  std::vector<std::string> items;
  for (const auto& [name, value] : file.dims) {
    const std::string bytes = little_endian(static_cast<std::uint64_t>(value), 8);
    items.push_back(text(name));
    items.push_back(numpy_scalar("numpy.core.multiarray", "i8", encoded_bytes(bytes)));
  }
  return pickle(
      dict({text("dims"), dict(items), text("model_state_dict"), pickled_state(file.tensors)}));
}

std::string storage_name(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return "FloatStorage";
    case DType::float16:
      return "HalfStorage";
    case DType::bfloat16:
      return "BFloat16Storage";
    case DType::int32:
      return "IntStorage";
    case DType::int64:
      return "LongStorage";
  }
  throw std::out_of_range("dtype");
}

std::string pickled_tensor(const TorchTensor& tensor) {
  const std::string id = tuple({text("storage"), global("torch", tensor.storage), text(tensor.key),
                                text("cpu"), integer(tensor.count)});
  std::string made = call(global("torch._utils", "_rebuild_tensor_v2"),
                          {concat(id, "Q"), integer(tensor.offset), integers(tensor.shape),
                           integers(tensor.strides), boolean(false), ordered_dict({})});
  if (!tensor.is_parameter) return made;
  return call(global("torch._utils", "_rebuild_parameter"),
              {made, boolean(true), ordered_dict({})});
}

}  // namespace sotto::test
