#include "torchscript/archive_entries.h"

#include <algorithm>
#include <stdexcept>

#include "compile/emitters/torchscript/torchscript_writer.h"
#include "core/archive/zip_reader.h"
#include "core/archive/zip_writer.h"
#include "support/text_sink.h"

namespace sotto::test {

ArchiveEntries entries_of(std::span<const std::byte> archive) {
  const ZipReader zip(archive, "archive");
  ArchiveEntries entries;
  for (const ZipEntry& entry : zip.entries()) {
    const auto content = zip.content(entry);
    entries.emplace_back(
        entry.name, std::string(reinterpret_cast<const char*>(content.data()), content.size()));
  }
  return entries;
}

std::string archive_of(const ArchiveEntries& entries) {
  TextSink sink;
  ZipWriter writer(sink);
  for (const auto& [name, content] : entries) writer.add(name, content);
  writer.finish();
  return sink.text;
}

std::string& entry(ArchiveEntries& entries, const std::string& ending) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const auto& one) { return one.first.ends_with(ending); });
  if (found == entries.end()) throw std::out_of_range("no entry " + ending);
  return found->second;
}

void insert(ArchiveEntries& entries, const std::string& ending, const std::string& place,
            const std::string& text) {
  std::string& content = entry(entries, ending);
  const std::size_t at = content.find(place);
  if (at == std::string::npos) throw std::out_of_range("no " + place + " in " + ending);
  content.insert(at, text);
}

std::string torchscript_of(const Graph& graph) {
  TextSink sink;
  write_torchscript(graph, sink);
  return sink.text;
}

Graph small_part() {
  Graph graph("Part");
  const ValueId x = graph.add_input("x", {1, 4, 2});
  graph.set_variable_axis({x, 1});
  const ValueId weight = graph.add_constant("w.weight", own_values({2, 2}, {1, 2, 3, 4}));
  const ValueId bias = graph.add_constant("w.bias", own_values({2}, {5, 6}));
  const ValueId linear = graph.add("linear", op::Linear{x, weight, bias});
  const ValueId scaled = graph.add("scaled", op::Scale{linear, 0.125F});
  const ValueId split = graph.add("split", op::Reshape{scaled, {1, 4, 2, 1}});
  graph.add_output(graph.add("y", op::Reshape{split, {1, 4, 2}}));
  verify(graph);
  return graph;
}

}  // namespace sotto::test
