#include "compile/emitters/torchscript/torchscript_writer.h"

#include "core/archive/zip_writer.h"
#include "core/torchscript/torchscript_entries.h"

namespace sotto {
namespace {

ZipContent as_float32(const TensorView& view) {
  const auto bytes = static_cast<std::uint64_t>(num_elements(view.shape)) * sizeof(float);
  return {bytes, [view](std::uint64_t offset, std::span<std::byte> out) {
            read_float32(view, static_cast<std::int64_t>(offset / sizeof(float)),
                         {reinterpret_cast<float*>(out.data()), out.size() / sizeof(float)});
          }};
}

}  // namespace

void write_torchscript(const Graph& graph, ByteSink& sink) {
  ZipWriter archive(sink);
  for (const TorchScriptEntry& entry : torchscript_entries(graph)) {
    if (entry.buffer) {
      archive.add(entry.name, as_float32(*graph.value(*entry.buffer).constant));
    } else {
      archive.add(entry.name, entry.content);
    }
  }
  archive.finish();
}

}  // namespace sotto
