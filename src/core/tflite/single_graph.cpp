#include "core/tflite/single_graph.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/base/output_file.h"
#include "core/tflite/patched_copy.h"
#include "core/tflite/tflite_model.h"

namespace sotto {
namespace {

constexpr std::size_t kWord = 4;  // bytes of a length and of an offset

std::size_t find_key(const TfliteModel& model, std::string_view key, const std::string& source) {
  const auto found =
      std::find_if(model.signatures.begin(), model.signatures.end(),
                   [&](const TfliteSignature& signature) { return signature.key == key; });
  if (found == model.signatures.end()) {
    fail(ErrorKind::mismatch, source, ": expected a graph that is called ", key, ", found none");
  }
  return static_cast<std::size_t>(found - model.signatures.begin());
}

/// Makes of a vector of tables one that has only the table at this index: a length, and an offset
/// that counts from its own place.
template <class Tables>
void keep_only(std::span<const std::byte> bytes, const Tables* tables, std::size_t index,
               std::vector<Patch>& patches) {
  const std::uint64_t length = place_in(bytes, tables), first = length + kWord;
  const auto* table = tables->Get(static_cast<flatbuffers::uoffset_t>(index));
  patches.push_back({length, 1});
  patches.push_back({first, static_cast<std::uint32_t>(place_in(bytes, table) - first)});
}

}  // namespace

void write_single_graph(const std::filesystem::path& from, const std::filesystem::path& to,
                        std::string_view key) {
  const auto file = MappedFile::open(from);
  const auto bytes = file->bytes();
  const TfliteModel checked = parse_tflite(bytes, from.string(), file);
  const std::size_t index = find_key(checked, key, from.string());
  const std::size_t graph = checked.signatures[index].subgraph;
  for (const TfliteOperator& op : checked.subgraphs[graph].operators) {
    if (!op.composite) continue;
    fail(ErrorKind::unsupported, from.string(), ": expected the graph ", key,
         " to be complete in itself, found that it calls others");
  }
  const tflite::Model& model = *tflite::GetModel(bytes.data());
  std::vector<Patch> patches;
  keep_only(bytes, model.subgraphs(), graph, patches);
  keep_only(bytes, model.signature_defs(), index, patches);
  const auto* signature = reinterpret_cast<const flatbuffers::Table*>(
      model.signature_defs()->Get(static_cast<flatbuffers::uoffset_t>(index)));
  if (const auto* field = signature->GetAddressOf(tflite::SignatureDef::VT_SUBGRAPH_INDEX)) {
    patches.push_back({place_in(bytes, field), 0});
  }
  OutputFile copy(to, to.string());
  write_patched(bytes, std::move(patches), from.string(), copy);
  copy.close();
}

}  // namespace sotto
