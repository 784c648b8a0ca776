#include "model/checkpoint/adapter.h"

#include <array>
#include <string_view>

#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "model/checkpoint/hugging_face_reader.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kConfig = "adapter_config.json";
// In PEFT's order.
constexpr std::array<std::string_view, 2> kWeights{"adapter_model.safetensors",
                                                   "adapter_model.bin"};

bool is_file_of_one(const fs::path& path) {
  const fs::path name = path.filename();
  return name == kConfig || name == kWeights[0] || name == kWeights[1];
}

fs::path find_weights(const fs::path& path, const fs::path& folder) {
  if (path.filename() == kWeights[0] || path.filename() == kWeights[1]) return path;
  std::error_code ignored;
  for (const std::string_view name : kWeights) {
    if (fs::exists(folder / name, ignored)) return folder / name;
  }
  fail(ErrorKind::not_found, folder.string(), ": expected ", kWeights[0], " or ", kWeights[1],
       " beside ", kConfig, ", found neither");
}

}  // namespace

bool is_adapter(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return fs::exists(path / kConfig, ignored);
  return is_file_of_one(path) && fs::exists(path.parent_path() / kConfig, ignored);
}

Adapter read_adapter(const fs::path& path) {
  std::error_code ignored;
  const fs::path folder = fs::is_directory(path, ignored) ? path : path.parent_path();
  Adapter adapter;
  adapter.files = {folder / kConfig, find_weights(path, folder)};
  const auto config = MappedFile::open(adapter.files.config);
  adapter.config = parse_adapter_config(config->bytes(), adapter.files.config.string());
  adapter.tensors = read_weights_file(adapter.files.weights);
  check_sharing(adapter.tensors, adapter.files.weights.string());
  return adapter;
}

}  // namespace sotto
