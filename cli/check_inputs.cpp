#include "check_inputs.h"

#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/bundle/bundle.h"

namespace sotto::cli {
namespace {

/// MediaTek's converter writes operators that only MediaTek's compiler knows.
std::optional<Road> road_of(std::string_view file_role) {
  if (file_role == role::encoder_mtk || file_role == role::decoder_mtk) return Road::ncc;
  return std::nullopt;
}

std::vector<CheckInput> inputs_of_bundle(const std::filesystem::path& folder) {
  const Bundle bundle = Bundle::open(folder);
  std::vector<CheckInput> inputs;
  for (const FileRecord& file : bundle.manifest().files) {
    const std::filesystem::path path = folder / file.name;
    const bool compiled = !file.target.empty();
    if (path.extension() != ".tflite" || compiled) continue;
    inputs.push_back({path.stem().string(), read_tflite(path), road_of(file.role)});
  }
  if (inputs.empty()) {
    fail(ErrorKind::not_found, folder.string(), ": expected TFLite files in the bundle, found ",
         "none; `sotto export ", folder.string(), " -o FOLDER --format tflite` writes them");
  }
  return inputs;
}

}  // namespace

std::vector<CheckInput> check_inputs(const std::filesystem::path& path) {
  if (Bundle::is_bundle(path)) return inputs_of_bundle(path);
  const auto file = MappedFile::open(path);
  if (!is_tflite(file->bytes())) {
    fail(ErrorKind::unsupported, path.string(), ": expected a TFLite file or a bundle, found ",
         "neither; `sotto export CHECKPOINT -o FOLDER --format tflite` writes them");
  }
  std::vector<CheckInput> inputs;
  inputs.push_back(
      {path.stem().string(), parse_tflite(file->bytes(), path.string(), file), std::nullopt});
  return inputs;
}

}  // namespace sotto::cli
