#include <algorithm>
#include <array>
#include <string>
#include <system_error>
#include <vector>

#include "core/signatures/signatures.h"
#include "core/signatures/ways_on.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostNames = 1000;

/// A folder by the ending of a name in it.
struct FolderSignature {
  FileKind kind;
  std::string_view ending;
  std::string_view what;
};

// The first that some name ends with counts: folders of several frameworks' weights are Hugging
// Face's, which Sotto reads, if PyTorch's are among them.
constexpr auto kFolders = std::to_array<FolderSignature>({
    {FileKind::safetensors, "model.safetensors", "a Hugging Face checkpoint"},
    {FileKind::safetensors, "model.safetensors.index.json", "a Hugging Face checkpoint"},
    {FileKind::torch_archive, "pytorch_model.bin", "a Hugging Face checkpoint"},
    {FileKind::torch_archive, "pytorch_model.bin.index.json", "a Hugging Face checkpoint"},
    {FileKind::ctranslate2, "model.bin", "a CTranslate2 model"},
    {FileKind::foreign_model, "saved_model.pb", "a SavedModel of TensorFlow"},
    {FileKind::foreign_model, "coremldata.bin", "a compiled CoreML model (.mlmodelc)"},
    {FileKind::foreign_model, "model.mil", "a compiled CoreML model (.mlmodelc)"},
    {FileKind::foreign_model, ".mlmodelc", "a folder of compiled CoreML models"},
    {FileKind::foreign_model, ".mlpackage", "a folder of CoreML packages"},
    {FileKind::foreign_model, ".mlmodel", "a CoreML package"},
    {FileKind::foreign_model, "Manifest.json", "a CoreML package (.mlpackage)"},
    {FileKind::foreign_model, "weights.npz", "a folder of MLX"},
    {FileKind::foreign_model, "weights.safetensors", "a folder of MLX"},
    {FileKind::foreign_model, "flax_model.msgpack", "a folder of Flax's weights alone"},
    {FileKind::foreign_model, "tf_model.h5", "a folder of TensorFlow's weights alone"},
    {FileKind::foreign_model, ".onnx", "a folder of ONNX models"},
    {FileKind::foreign_model, "openvino_encoder_model.xml", "an OpenVINO model"},
    {FileKind::foreign_model, ".gguf", "a folder of GGUF files of llama.cpp"},
    {FileKind::foreign_model, ".pte", "a folder of ExecuTorch's programs"},
    {FileKind::foreign_model, ".rknn", "a folder of models for Rockchip's NPUs (RKNN)"},
});

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end;
       !error && entry != end && names.size() < kMostNames; entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  return names;
}

bool is_whole_name(std::string_view ending) { return !ending.starts_with('.'); }

}  // namespace

Recognised recognise_folder(const fs::path& folder) {
  const std::vector<std::string> names = names_in(folder);
  for (const FolderSignature& signature : kFolders) {
    const bool is_there = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return is_whole_name(signature.ending) ? name == signature.ending
                                             : name.ends_with(signature.ending);
    });
    if (!is_there) continue;
    const bool is_foreign = signature.kind == FileKind::foreign_model;
    return {signature.kind, signature.what, is_foreign ? ways_on::kOriginal : std::string_view()};
  }
  return {};
}

}  // namespace sotto
