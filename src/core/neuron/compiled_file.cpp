#include "core/neuron/compiled_file.h"

#include <neuron/container_generated.h>
#include <string_view>

#include "core/base/error.h"
#include "core/tflite/composite_attributes.h"
#include "core/tflite/tflite_model.h"

namespace sotto::neuron {
namespace {

constexpr std::string_view kDispatchOperator = "DISPATCH_OP";

const std::uint8_t* as_bytes(std::span<const std::byte> bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

/// Where in the file the compiler's bytes are, and the entry point that is meant.
struct Dispatch {
  std::span<const std::byte> bytes;
  std::string entry_point;
};

Dispatch read_dispatch(std::span<const std::byte> file, const tflite::Operator& op,
                       const std::string& source) {
  const auto* options = op.custom_options();
  if (options == nullptr) {
    fail(ErrorKind::format, source, ": expected the options of a compiled graph, found none");
  }
  const std::span<const std::uint8_t> map(options->data(), options->size());
  const std::string what = source + ": the compiled graph";
  const auto number = [&](std::string_view name) {
    return static_cast<std::uint64_t>(integer_attribute(map, name, what).value_or(0));
  };
  const std::uint64_t offset = number("bytecode_offset"), size = number("bytecode_size");
  if (size == 0 || offset > file.size() || size > file.size() - offset) {
    fail(ErrorKind::format, source, ": expected a compiled graph inside ", file.size(),
         " bytes, found ", size, " bytes from ", offset);
  }
  return {file.subspan(offset, size), text_attribute(map, "name", what).value_or("")};
}

const container::Subgraph& find_subgraph(const container::Graphs& graphs, std::string_view name,
                                         const std::string& source) {
  if (graphs.subgraphs() != nullptr) {
    for (const auto* subgraph : *graphs.subgraphs()) {
      const auto* entry_point = subgraph->entry_point();
      if (entry_point != nullptr && entry_point->string_view() == name) return *subgraph;
    }
  }
  fail(ErrorKind::format, source, ": expected the compiled graph that its operator names, found ",
       "others");
}

void read_container(const Dispatch& dispatch, const std::string& source, CompiledFile& result) {
  constexpr std::size_t kAlignment = 8;
  flatbuffers::Verifier verifier(as_bytes(dispatch.bytes), dispatch.bytes.size());
  const bool is_aligned = reinterpret_cast<std::uintptr_t>(dispatch.bytes.data()) % kAlignment == 0;
  if (!is_aligned || !container::VerifyGraphsBuffer(verifier)) {
    result.network = dispatch.bytes;  // a DLA without a container, as the plugin once wrote it
    return;
  }
  const container::Graphs& graphs = *container::GetGraphs(dispatch.bytes.data());
  if (const auto* version = graphs.neuron_version()) {
    const auto part = [](std::uint32_t number) { return static_cast<std::uint8_t>(number); };
    result.version = {part(version->major()), part(version->minor()), part(version->patch())};
  }
  const auto* index = find_subgraph(graphs, dispatch.entry_point, source).compiled_as_Index();
  const auto* data = graphs.data();
  const bool is_inside = index != nullptr && data != nullptr && index->value() >= 0 &&
                         static_cast<std::uint32_t>(index->value()) < data->size();
  const auto* buffer =
      is_inside ? data->Get(static_cast<std::uint32_t>(index->value()))->data() : nullptr;
  if (buffer == nullptr || buffer->size() == 0) {
    fail(ErrorKind::format, source, ": expected the bytes of its compiled graph, found none");
  }
  result.network = {reinterpret_cast<const std::byte*>(buffer->data()), buffer->size()};
}

std::vector<std::string> names_of(const TfliteSubgraph& graph,
                                  const std::vector<std::int32_t>& tensors) {
  std::vector<std::string> names;
  names.reserve(tensors.size());
  for (const std::int32_t tensor : tensors) {
    names.push_back(tensor < 0 ? "" : graph.tensors[static_cast<std::size_t>(tensor)].name);
  }
  return names;
}

/// The signature's names where the file has some: the plugin may name tensors anew.
void use_signature(const TfliteModel& model, const TfliteOperator& op, CompiledFile& result) {
  if (model.signatures.empty()) return;
  const auto rename = [](const auto& ports, const std::vector<std::int32_t>& tensors,
                         std::vector<std::string>& names) {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      for (const auto& [name, tensor] : ports) {
        if (tensor == tensors[i]) names[i] = name;
      }
    }
  };
  rename(model.signatures.front().inputs, op.inputs, result.inputs);
  rename(model.signatures.front().outputs, op.outputs, result.outputs);
}

void read_litert(std::span<const std::byte> bytes, const std::string& source,
                 CompiledFile& result) {
  const TfliteModel model = parse_tflite(bytes, source, result.file);
  const TfliteSubgraph& graph = model.subgraphs.front();
  const bool is_whole =
      graph.operators.size() == 1 && graph.operators.front().custom_name == kDispatchOperator;
  if (!is_whole) {
    fail(ErrorKind::unsupported, source, ": expected a graph that is compiled as a whole, found ",
         graph.operators.size(), " operators: compile it with ", Option{"toolchain", "litert"},
         ", which refuses graphs of which a part is left to the CPU");
  }
  const TfliteOperator& op = graph.operators.front();
  result.inputs = names_of(graph, op.inputs);
  result.outputs = names_of(graph, op.outputs);
  use_signature(model, op, result);
  const auto* root = tflite::GetModel(bytes.data());
  read_container(read_dispatch(bytes, *root->subgraphs()->Get(0)->operators()->Get(0), source),
                 source, result);
}

}  // namespace

CompiledFile parse_compiled(std::span<const std::byte> bytes, const std::string& source,
                            std::shared_ptr<const MappedFile> file) {
  CompiledFile result;
  result.file = std::move(file);
  if (bytes.empty()) fail(ErrorKind::format, source, ": expected a compiled graph, found no bytes");
  if (is_tflite(bytes)) {
    read_litert(bytes, source, result);
  } else {
    result.network = bytes;
  }
  return result;
}

CompiledFile open_compiled(const std::filesystem::path& path) {
  auto file = MappedFile::open(path);
  return parse_compiled(file->bytes(), path.string(), file);
}

}  // namespace sotto::neuron
