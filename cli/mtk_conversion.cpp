#include "mtk_conversion.h"

#include <algorithm>
#include <array>
#include <vector>

#include "compile/toolchains/mtk_converter.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/base/staging.h"
#include "core/bundle/bundle.h"
#include "core/bundle/bundle_writer.h"

namespace sotto::cli {
namespace {

namespace fs = std::filesystem;

struct Half {
  std::string_view source, result;  // roles
};
constexpr std::array<Half, 2> kHalves{{{role::encoder_torchscript, role::encoder_mtk},
                                       {role::decoder_torchscript, role::decoder_mtk}}};

/// A file that the converter made, before it is in the bundle.
struct Converted {
  std::string_view role;
  FileRecord source;
  fs::path file;
  std::string versions;
};

std::vector<Shape> input_shapes(const FileRecord& record) {
  std::vector<Shape> shapes;
  for (const PortRecord& port : record.inputs) shapes.push_back(port.shape);
  return shapes;
}

Converted convert(const Bundle& bundle, const Half& half, const MtkPython& python,
                  const fs::path& scratch) {
  const FileRecord& source = bundle.record(half.source);
  const std::string stem = fs::path(source.name).stem().string();
  Converted converted{half.result, source, scratch / concat(stem, "_mtk.tflite"), {}};
  const fs::path input = bundle.folder() / source.name;
  const Command command = mtk_command(python, input, converted.file, input_shapes(source));
  converted.versions = convert_with_mtk(command, input, converted.file,
                                        log_folder(bundle.folder()) / concat(stem, ".mtk.log"));
  return converted;
}

FileRecord add(BundleWriter& writer, const Converted& converted) {
  const auto file = MappedFile::open(converted.file);
  FileRecord record = writer.write(converted.role, converted.file.filename().string(),
                                   [&](ByteSink& sink) { sink.write(file->bytes()); });
  const auto fixed = [](std::vector<PortRecord> ports) {
    for (PortRecord& port : ports) port.variable_axis.reset();
    return ports;
  };
  record.inputs = fixed(converted.source.inputs);
  record.outputs = fixed(converted.source.outputs);
  record.tool = converted.versions;
  return record;
}

}  // namespace

fs::path log_folder(const fs::path& bundle) {
  const fs::path target = resolve_target(bundle);
  return target.parent_path() / concat(target.filename().string(), ".logs");
}

Manifest convert_by_mtk(const MtkConversion& conversion) {
  const Bundle bundle = Bundle::open(conversion.bundle);
  const MtkPython python = find_mtk_python(conversion.python);
  const Staging scratch(resolve_target(conversion.bundle), Staging::Kind::folder);
  std::vector<Converted> converted;
  for (const Half& half : kHalves) {
    if (conversion.progress) conversion.progress(bundle.record(half.source).name);
    converted.push_back(convert(bundle, half, python, scratch.path()));
  }
  BundleWriter writer(conversion.bundle);
  Manifest manifest = bundle.manifest();
  std::erase_if(manifest.files, [](const FileRecord& file) {
    return file.role == role::encoder_mtk || file.role == role::decoder_mtk;
  });
  for (const FileRecord& file : manifest.files) writer.keep(file);
  for (const Converted& file : converted) manifest.files.push_back(add(writer, file));
  writer.commit(manifest);
  return manifest;
}

}  // namespace sotto::cli
