#include "mtk_conversion.h"

#include <array>
#include <vector>

#include "compile/toolchains/mtk_converter.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/base/staging.h"
#include "core/bundle/bundle.h"
#include "core/bundle/bundle_writer.h"
#include "core/bundle/sha256.h"
#include "core/torchscript/foreign_torchscript.h"
#include "run/engine/model_sources.h"

namespace sotto::cli {
namespace {

namespace fs = std::filesystem;

struct Half {
  PartKind part;
  std::string_view source, result;  // roles
};
constexpr std::array<Half, 2> kHalves{
    {{PartKind::encoder, role::encoder_torchscript, role::encoder_mtk},
     {PartKind::decoder, role::decoder_torchscript, role::decoder_mtk}}};

std::vector<Shape> input_shapes(const FileRecord& record) {
  std::vector<Shape> shapes;
  for (const PortRecord& port : record.inputs) shapes.push_back(port.shape);
  return shapes;
}

std::vector<PortRecord> fixed(std::vector<PortRecord> ports) {
  for (PortRecord& port : ports) port.variable_axis.reset();
  return ports;
}

/// The converter loads TorchScript, which is a program, so it gets what Sotto wrote and nothing
/// else.
void check_own(const FileRecord& source, const fs::path& input, const Graph& graph) {
  compare_sha256(input, source.sha256, sha256_of_file(input));
  const auto file = MappedFile::open(input);
  const auto foreign = foreign_torchscript(graph, file->bytes(), input.string());
  if (!foreign) return;
  fail(ErrorKind::mismatch, input.string(),
       ": expected the TorchScript that Sotto writes for this model, found ", *foreign);
}

JoiningFile convert(const Bundle& bundle, const Half& half, const MtkPython& python,
                    const fs::path& scratch) {
  const FileRecord& source = bundle.record(half.source);
  const std::string stem = fs::path(source.name).stem().string();
  JoiningFile converted;
  converted.record.role = half.result;
  converted.record.name = stem + "_mtk.tflite";
  converted.record.inputs = fixed(source.inputs);
  converted.record.outputs = fixed(source.outputs);
  converted.file = scratch / converted.record.name;
  converted.source = source;
  const fs::path input = bundle.folder() / source.name;
  const Command command = mtk_command(python, input, converted.file, input_shapes(source));
  converted.record.tool = convert_with_mtk(command, input, converted.file,
                                           log_folder(bundle.folder()) / concat(stem, ".mtk.log"));
  return converted;
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
  std::vector<JoiningFile> converted;
  const ModelSources sources = ModelSources::of_bundle(conversion.bundle);
  for (const Half& half : kHalves) {
    const FileRecord& source = bundle.record(half.source);
    check_own(source, bundle.folder() / source.name, sources.part(half.part).graph(0));
    if (conversion.progress) conversion.progress(source.name);
    converted.push_back(convert(bundle, half, python, scratch.path()));
  }
  return extend_bundle(conversion.bundle, converted, conversion.on_wait);
}

}  // namespace sotto::cli
