#include <string_view>

#include "core/archive/printable.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/bundle/bundle.h"
#include "core/signatures/other_files.h"
#include "model/checkpoint/adapter.h"
#include "model/checkpoint/bundle_reader.h"
#include "model/checkpoint/checkpoint.h"
#include "model/checkpoint/checkpoint_vocabulary.h"
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
  if (Bundle::is_bundle(folder)) return read_bundle_weights(Bundle::open(folder));
  if (fs::exists(folder / kModelBin, ignored)) return read_ctranslate2(folder / kModelBin);
  if (is_hugging_face_folder(folder)) return read_hugging_face(folder);
  refuse_other_files(folder, Wanted::checkpoint);
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
  refuse_other_files(path, Wanted::checkpoint);
  if (path.extension() == ".safetensors") return read_safetensors(path);
  Checkpoint checkpoint = parse_openai(file->bytes(), path.string(), file);
  checkpoint.weights = path;
  return checkpoint;
}

Checkpoint read_whole(const fs::path& path) {
  std::error_code error;
  Checkpoint checkpoint = fs::is_directory(path, error) ? read_folder(path) : read_file(path);
  checkpoint.path = path;
  fit_vocabulary(checkpoint);
  return checkpoint;
}

// Its base may be named as any program may find it, which Sotto does not.
[[noreturn]] void refuse_alone(const fs::path& path) {
  const std::string base = read_adapter(path).config.base_model;
  fail(ErrorKind::usage, path.string(),
       ": expected a checkpoint, found a LoRA adapter, which is a part of one: have `sotto export` "
       "or `sotto convert` merge it into the one that it was trained on, with ",
       Option{"base"}, base.empty() ? "" : concat(" (", printable(base), ")"));
}

}  // namespace

Checkpoint read_checkpoint(const CheckpointSource& source) {
  if (source.base.empty()) {
    if (is_adapter(source.path)) refuse_alone(source.path);
    return read_whole(source.path);
  }
  if (!is_adapter(source.path)) {
    fail(ErrorKind::usage, source.path.string(),
         ": expected an adapter (a folder with adapter_config.json) where ", Option{"base"},
         " is given, found none");
  }
  if (is_adapter(source.base)) refuse_alone(source.base);
  const Adapter adapter = read_adapter(source.path);
  return merge_adapter(read_whole(source.base), adapter);
}

}  // namespace sotto
