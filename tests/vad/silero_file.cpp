#include "vad/silero_file.h"

#include <cstring>

#include "archive/pickle_bytes.h"
#include "core/base/error.h"

namespace sotto::test {
namespace {

using namespace pickled;

std::string pickled_module(const std::vector<std::string>& items) {
  return concat(global("__torch__.vad", "Module"), ")\x81", dict(items), "b");
}

/// The module of those tensors whose names begin with `prefix`.
std::string module_of(const std::vector<TorchTensor>& tensors, const std::string& prefix) {
  std::vector<std::string> items;
  std::string last;  // attributes that are modules stand together
  for (const TorchTensor& tensor : tensors) {
    if (!tensor.name.starts_with(prefix)) continue;
    const std::string rest = tensor.name.substr(prefix.size());
    const std::string name = rest.substr(0, rest.find('.'));
    if (name == last) continue;
    last = name;
    items.push_back(text(name));
    items.push_back(name == rest ? pickled_tensor(tensor)
                                 : module_of(tensors, concat(prefix, name, ".")));
  }
  return pickled_module(items);
}

/// `count` floats of this value, as a file stores them.
std::string storage_of(std::size_t count, float value) {
  std::string bytes(count * sizeof value, '\0');
  for (std::size_t i = 0; i < count; ++i) {
    std::memcpy(bytes.data() + i * sizeof value, &value, sizeof value);
  }
  return bytes;
}

}  // namespace

TorchFile silero_file(float weight) {
  TorchFile file;
  file.archive = "vad";
  const auto add = [&](const std::string& name, const Shape& shape) {
    const std::string key = std::to_string(file.tensors.size());
    const std::int64_t count = num_elements(shape) / shape.back() * (shape.back() + 1);
    file.storages[key] = storage_of(static_cast<std::size_t>(count), weight);
    file.tensors.push_back({.name = "_model." + name,
                            .storage = "FloatStorage",
                            .key = key,
                            .count = count,
                            .shape = shape,
                            .strides = row_major_strides(shape)});
  };
  add("stft.forward_basis_buffer", {258, 1, 256});
  const Shape channels{129, 128, 64, 64, 128};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string name = concat("encoder.", i, ".reparam_conv.");
    add(name + "weight", {channels[i + 1], channels[i], 3});
    add(name + "bias", {channels[i + 1]});
  }
  for (const std::string suffix : {"ih", "hh"}) {
    add("decoder.rnn.weight_" + suffix, {512, 128});
    add("decoder.rnn.bias_" + suffix, {512});
  }
  add("decoder.decoder.2.weight", {1, 128, 1});
  add("decoder.decoder.2.bias", {1});
  return file;
}

std::string nested_pickle(const TorchFile& file) { return pickle(module_of(file.tensors, "")); }

}  // namespace sotto::test
