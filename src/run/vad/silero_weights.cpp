#include "run/vad/silero_weights.h"

#include <string_view>
#include <system_error>
#include <utility>

#include "core/archive/printable.h"
#include "core/archive/torch_archive.h"
#include "core/base/environment.h"
#include "core/base/error.h"
#include "core/base/shape.h"
#include "core/base/tensor.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

/// The attributes of a module by their dotted paths.
class Module {
 public:
  explicit Module(const TorchArchive& archive) : archive_(archive) {}

  [[nodiscard]] std::vector<float> tensor(const std::string& path, const Shape& shape) const {
    const PickleValue& value = at(path);
    if (!TorchArchive::is_tensor(value)) refuse(path, "a tensor", kind_of(value));
    const TensorView view = archive_.tensor(value, path);
    const bool is_float = view.dtype == DType::float32 || view.dtype == DType::float16;
    if (view.shape != shape || !is_float) {
      refuse(path, concat("floats of shape ", to_string(shape)),
             concat(to_string(view.dtype), " ", to_string(view.shape)));
    }
    return to_float32(view);
  }

 private:
  [[nodiscard]] const PickleValue& at(std::string_view path) const {
    const PickleValue* value = &archive_.root();
    for (std::string_view rest = path; !rest.empty();) {
      const std::string_view name = rest.substr(0, rest.find('.'));
      const auto* object = value->as<PickleObject>();
      const auto* attributes =
          object == nullptr || object->state == nullptr ? nullptr : object->state->as<PickleDict>();
      value = attributes == nullptr ? nullptr : find(*attributes, name);
      if (value == nullptr) refuse(path, "it among the module's attributes", "none");
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    }
    return *value;
  }

  [[noreturn]] void refuse(std::string_view path, std::string_view expected,
                           std::string_view found) const {
    fail(ErrorKind::mismatch, archive_.source(), ": expected the weights of Silero VAD 6, and for ",
         path, " ", expected, ", found ", found);
  }

  const TorchArchive& archive_;
};

SileroLayer convolution(const Module& module, const std::string& path, const Shape& shape) {
  SileroLayer layer{
      static_cast<std::size_t>(shape[0]), static_cast<std::size_t>(shape[1] * shape[2]), {}, {}};
  layer.weights = module.tensor(path + ".weight", shape);
  layer.bias = module.tensor(path + ".bias", {shape[0]});
  return layer;
}

SileroLayer lstm_gates(const Module& module, const std::string& suffix) {
  const std::string path = "_model.decoder.rnn.";
  return {512, 128, module.tensor(path + "weight_" + suffix, {512, 128}),
          module.tensor(path + "bias_" + suffix, {512})};
}

fs::path installed_model() {
  if (fs::path file = environment_path("SOTTO_VAD_MODEL"); !file.empty()) return file;
  return cache_folder() / "vad" / "silero_vad.jit";
}

}  // namespace

SileroWeights parse_silero(std::span<const std::byte> bytes, const std::string& source,
                           std::shared_ptr<const void> owner) {
  const TorchArchive archive(bytes, source, std::move(owner));
  const Module module(archive);
  const auto encoder = [](int layer) { return concat("_model.encoder.", layer, ".reparam_conv"); };
  return {
      {258, 256, module.tensor("_model.stft.forward_basis_buffer", {258, 1, 256}),
       std::vector<float>(258)},
      {convolution(module, encoder(0), {128, 129, 3}),
       convolution(module, encoder(1), {64, 128, 3}), convolution(module, encoder(2), {64, 64, 3}),
       convolution(module, encoder(3), {128, 64, 3})},
      lstm_gates(module, "ih"),
      lstm_gates(module, "hh"),
      convolution(module, "_model.decoder.decoder.2", {1, 128, 1})};
}

fs::path vad_model_path(const std::optional<fs::path>& named) {
  fs::path path = named ? *named : installed_model();
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    fail(ErrorKind::not_found, path.string(),
         ": expected the model of Silero VAD, silero_vad.jit, found none; "
         "tools/setup/fetch.sh vad fetches it, and SOTTO_VAD_MODEL or ",
         Option{"vad_model"}, " names another");
  }
  return path;
}

}  // namespace sotto
