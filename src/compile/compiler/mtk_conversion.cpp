#include "compile/compiler/mtk_conversion.h"

#include <array>
#include <vector>

#include "compile/compiler/log_folder.h"
#include "compile/toolchains/mtk_converter.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/base/staging.h"
#include "core/bundle/bundle.h"
#include "core/bundle/bundle_writer.h"
#include "core/bundle/graph_table.h"
#include "core/bundle/sha256.h"
#include "core/torchscript/foreign_torchscript.h"
#include "model/checkpoint/bundle_reader.h"
#include "model/whisper/builders.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

/// Those that the converter takes whole.
constexpr std::array kGraphs{GraphKind::encoder, GraphKind::decoder};

Graph build(GraphKind kind, const Checkpoint& checkpoint) {
  return kind == GraphKind::encoder ? build_encoder_core(checkpoint)
                                    : build_decoder_core(checkpoint);
}

std::vector<Shape> input_shapes(const FileRecord& record) {
  std::vector<Shape> shapes;
  for (const Signature::Port& port : record.signature.inputs) shapes.push_back(port.shape);
  return shapes;
}

/// The converter fixes shapes at what it is told.
Signature fixed(Signature signature) {
  for (auto* ports : {&signature.inputs, &signature.outputs}) {
    for (Signature::Port& port : *ports) port.variable_axis.reset();
  }
  return signature;
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

JoiningFile convert(const Bundle& bundle, GraphKind kind, const MtkPython& python,
                    const fs::path& scratch) {
  const FileRecord& source = bundle.record(graph_role(kind, Form::torchscript));
  const std::string stem = fs::path(source.name).stem().string();
  JoiningFile converted;
  converted.record.role = graph_role(kind, Form::mtk);
  converted.record.name = concat(stem, entry_of(Form::mtk).ending);
  converted.record.signature = fixed(source.signature);
  converted.file = scratch / converted.record.name;
  converted.source = source;
  const fs::path input = bundle.folder() / source.name;
  const Command command = mtk_command(python, input, converted.file, input_shapes(source));
  converted.record.tool = convert_with_mtk(command, input, converted.file,
                                           log_folder(bundle.folder()) / concat(stem, ".mtk.log"));
  return converted;
}

}  // namespace

Manifest convert_by_mtk(const MtkConversion& conversion) {
  const Bundle bundle = Bundle::open(conversion.bundle);
  const MtkPython python = find_mtk_python(conversion.python);
  const Staging scratch(resolve_target(conversion.bundle), Staging::Kind::folder);
  std::vector<JoiningFile> converted;
  const Checkpoint checkpoint = read_bundle_weights(bundle);
  for (const GraphKind kind : kGraphs) {
    const FileRecord& source = bundle.record(graph_role(kind, Form::torchscript));
    check_own(source, bundle.folder() / source.name, build(kind, checkpoint));
    if (conversion.progress) conversion.progress(source.name);
    converted.push_back(convert(bundle, kind, python, scratch.path()));
  }
  return extend_bundle(conversion.bundle, converted, conversion.on_wait);
}

}  // namespace sotto
