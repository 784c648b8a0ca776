#include "core/tflite/exposed_tensors.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/base/output_file.h"
#include "core/tflite/patched_copy.h"
#include "core/tflite/tflite_model.h"

namespace sotto {
namespace {

constexpr std::uint64_t kFarthest = 1ULL << 31U;
constexpr std::size_t kAlignment = 4;

std::vector<std::int32_t> all_outputs(const TfliteSubgraph& graph,
                                      std::span<const std::string> names,
                                      const std::string& source) {
  std::vector<std::int32_t> outputs = graph.outputs;
  for (const std::string& name : names) {
    const auto found = std::find_if(
        graph.tensors.begin(), graph.tensors.end(),
        [&](const TfliteTensor& tensor) { return tensor.name == name && !tensor.constant; });
    if (found == graph.tensors.end()) {
      fail(ErrorKind::mismatch, source, ": expected a computed tensor ", name, ", found none");
    }
    outputs.push_back(static_cast<std::int32_t>(found - graph.tensors.begin()));
  }
  return outputs;
}

}  // namespace

// The list of outputs is a vector that an offset points to, forward: a longer one at the end of the
// file takes its place. The list of signatures, which would not fit any more, becomes empty.
void expose_tensors(const std::filesystem::path& from, const std::filesystem::path& to,
                    std::span<const std::string> names) {
  const auto file = MappedFile::open(from);
  const auto bytes = file->bytes();
  const TfliteModel checked = parse_tflite(bytes, from.string(), file);
  const auto outputs = all_outputs(checked.subgraphs.front(), names, from.string());
  const std::uint64_t end = (bytes.size() + kAlignment - 1) / kAlignment * kAlignment;
  if (end >= kFarthest) {
    fail(ErrorKind::unsupported, from.string(), ": expected a file below 2 GB to look into, found ",
         bytes.size(), " bytes");
  }
  const tflite::Model* model = tflite::GetModel(bytes.data());
  const auto* graph = model->subgraphs()->Get(0);
  const auto* field = reinterpret_cast<const flatbuffers::Table*>(graph)->GetAddressOf(
      tflite::SubGraph::VT_OUTPUTS);
  if (field == nullptr) {
    fail(ErrorKind::format, from.string(), ": expected a graph with outputs, found none");
  }
  const std::uint64_t place = place_in(bytes, field);
  std::vector<Patch> patches{{place, static_cast<std::uint32_t>(end - place)}};
  if (model->signature_defs() != nullptr) {
    patches.push_back({place_in(bytes, model->signature_defs()), 0});
  }

  OutputFile copy(to, to.string());
  write_patched(bytes, std::move(patches), from.string(), copy);
  const std::vector<std::byte> padding(end - bytes.size());
  copy.write(padding);
  const auto count = static_cast<std::uint32_t>(outputs.size());
  copy.write(std::as_bytes(std::span(&count, 1)));
  copy.write(std::as_bytes(std::span(outputs)));
  copy.close();
}

}  // namespace sotto
