#include <string_view>

#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/bundle/bundle.h"
#include "model/checkpoint/bundle_reader.h"
#include "model/checkpoint/checkpoint.h"
#include "model/checkpoint/ctranslate2_reader.h"
#include "model/checkpoint/hugging_face_reader.h"
#include "model/checkpoint/openai_reader.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kModelBin = "model.bin";
constexpr std::string_view kConfig = "config.json";

Checkpoint read_folder(const fs::path& folder) {
  std::error_code ignored;
  if (Bundle::is_bundle(folder)) return read_bundle_weights(folder);
  if (fs::exists(folder / kModelBin, ignored)) return read_ctranslate2(folder / kModelBin);
  if (is_hugging_face_folder(folder)) return read_hugging_face(folder);
  fail(ErrorKind::not_found, folder.string(),
       ": expected a folder with sotto.json, model.bin, model.safetensors or pytorch_model.bin, "
       "found none of them");
}

// CTranslate2 begins with a small version number and a short name that ends in a zero byte.
bool looks_like_ctranslate2(std::span<const std::byte> bytes) {
  constexpr std::size_t kName = 6;
  if (bytes.size() < kName) return false;
  const auto at = [&](std::size_t position) {
    return std::to_integer<std::size_t>(bytes[position]);
  };
  const std::size_t size = at(4);
  return at(0) < 32 && at(1) == 0 && at(2) == 0 && at(3) == 0 && at(5) == 0 && size > 1 &&
         bytes.size() >= kName + size && at(kName + size - 1) == 0;
}

Checkpoint read_file(const fs::path& path) {
  const auto file = MappedFile::open(path);
  if (path.filename() == kConfig) {
    return read_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
  }
  if (path.filename() == kModelBin || looks_like_ctranslate2(file->bytes())) {
    return read_ctranslate2(path);
  }
  if (is_hugging_face_file(path)) return read_hugging_face_file(path);
  if (path.extension() == ".json") {
    fail(ErrorKind::usage, path.string(),
         ": expected a checkpoint file or a folder, found a part of one: name the folder");
  }
  if (path.extension() == ".safetensors") return read_safetensors(path);
  Checkpoint checkpoint = parse_openai(file->bytes(), path.string(), file);
  checkpoint.weights = path;
  return checkpoint;
}

}  // namespace

Checkpoint read_checkpoint(const fs::path& path) {
  std::error_code error;
  Checkpoint checkpoint = fs::is_directory(path, error) ? read_folder(path) : read_file(path);
  checkpoint.path = path;
  return checkpoint;
}

}  // namespace sotto
